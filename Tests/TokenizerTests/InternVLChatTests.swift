// InternVL's layouts: the reference's conversations, what each published template prints, frames.
import Basics
import Foundation
import TestKit
import Testing

@testable import Tokenizer

@Suite("InternVL chats")
struct InternVLChatTests {
    /// A row of internvl-chats.json.
    private struct Row: Decodable {
        var name, template: String
        var messages: [ChatMessage]
        var text: String
        var imageTokenCounts: [Int]
        var ids: [TokenID]
    }
    private let images = [ChatMessage(role: .user, content: [.image, .image, .text("Q")])]

    @Test("Text and ids equal those of the reference programs")
    func reference() throws {
        let rows = try TokenizerFixtures.rows("internvl-chats.json", of: Row.self)
        #expect(rows.count == 8)
        for row in rows {
            let template = try #require(ChatTemplate(rawValue: row.template))
            #expect(template.render(row.messages, addGenerationPrompt: true) == row.text, "\(row.name)")
            let pieces = template.pieces(row.messages, addGenerationPrompt: true)
            let ids = try TokenizerFixtures.named("internvl")
                .encode(pieces, imageTokenCounts: row.imageTokenCounts)
            #expect(ids == row.ids, "\(row.name)")
        }
    }

    @Test("Each published name has its sentence and its separator")
    func published() throws {
        func text(_ name: String) throws -> String {
            try #require(ChatTemplate(internVLName: name)).render(images, addGenerationPrompt: true)
        }
        #expect(
            try text("internvl2_5") == """
                <|im_start|>system
                你是书生·万象，英文名是InternVL，是由上海人工智能实验室、清华大学及多家合作单位联合开发的多模态大语言模型。<|im_end|>
                <|im_start|>user
                Image-1: <image>
                Image-2: <image>
                Q<|im_end|>
                <|im_start|>assistant

                """)
        let dense = """
            <|im_start|>system
            你是由上海人工智能实验室联合商汤科技开发的书生多模态大模型，英文名叫InternVL, 是一个有用无害的人工智能助手。<|im_end|><|im_start|>user
            Image-1: <image>
            Image-2: <image>
            Q<|im_end|><|im_start|>assistant

            """
        #expect(try text("Hermes-2") == dense)
        #expect(try text("internlm2-chat") == dense)
        #expect(ChatTemplate(internVLName: "phi3-chat") == nil)
    }

    @Test("Images are numbered when a message has several, or on request, through the conversation")
    func numbers() {
        let later =
            images + [
                ChatMessage(role: .assistant, text: "A"),
                ChatMessage(role: .user, content: [.image, .text("R")]),
            ]
        let plain = ChatTemplate.internVL25.render(later, addGenerationPrompt: false)
        #expect(plain.hasSuffix("<|im_start|>user\n<image>\nR<|im_end|>\n"))
        let numbered = ChatTemplate.internVL25.render(later, addGenerationPrompt: false, addVisionID: true)
        #expect(numbered.hasSuffix("<|im_start|>user\nImage-3: <image>\nR<|im_end|>\n"))
        #expect(ChatTemplate.allCases.filter { !$0.numbersVision } == [.internVL])
    }

    @Test("A video is a line for each frame, in both layouts; Qwen's is one run")
    func frames() throws {
        let tokenizer = try TokenizerFixtures.named("internvl")
        let message = [ChatMessage(role: .user, content: [.video, .text("Q")])]
        for template in [ChatTemplate.internVL, .internVL25] {
            let pieces = template.pieces(message, addGenerationPrompt: false)
            let ids = try tokenizer.encode(pieces, imageTokenCounts: [], videoTokenCounts: [[2, 1]])
            let run = { (count: Int) in "<img>" + String(repeating: "<IMG_CONTEXT>", count: count) + "</img>"
            }
            #expect(
                tokenizer.decode(ids, skipSpecialTokens: false)
                    .hasSuffix("<|im_start|>user\nFrame1: \(run(2))\nFrame2: \(run(1))\nQ<|im_end|>\n"))
            #expect(throws: TokenizerError.emptyPlaceholder(kind: "video", index: 0, tokens: 0)) {
                try tokenizer.encode(pieces, imageTokenCounts: [], videoTokenCounts: [[]])
            }
        }
        let pieces = ChatTemplate.qwen25VL.pieces(message, addGenerationPrompt: false)
        let ids = try TokenizerFixtures.named("tiny")
            .encode(pieces, imageTokenCounts: [], videoTokenCounts: [[2, 1]])
        #expect(ids.count { $0 == 769 } == 3)
    }

    @Test("Text families differ in what they say before a conversation")
    func textFamilies() {
        let message = [ChatMessage(role: .user, text: "Q")]
        let turn = "<|im_start|>user\nQ<|im_end|>\n"
        func after(_ sentence: String) -> String { "<|im_start|>system\n\(sentence)<|im_end|>\n\(turn)" }
        #expect(ChatTemplate.chatML.render(message, addGenerationPrompt: false) == turn)
        #expect(
            ChatTemplate.qwen2.render(message, addGenerationPrompt: false)
                == after("You are a helpful assistant."))
        #expect(
            ChatTemplate.qwen25.render(message, addGenerationPrompt: false)
                == after("You are Qwen, created by Alibaba Cloud. You are a helpful assistant."))
    }

    @Test(
        "One line break follows an image, whichever way the row writes it",
        arguments: ["Question", "\nQuestion", "\r\nQuestion", "\n\nQuestion"])
    func oneLineBreak(_ text: String) {
        for template in [ChatTemplate.internVL, .internVL25, .internVLHermes2, .internVLInternLM2] {
            for part in [ChatMessage.Part.image, .video] {
                let message = ChatMessage(role: .user, content: [part, .text(text)])
                let plain = ChatMessage(role: .user, content: [part, .text("Question")])
                let pieces = template.pieces([message], addGenerationPrompt: true)
                #expect(pieces == template.pieces([plain], addGenerationPrompt: true))
            }
        }
        let several = ChatMessage(role: .user, content: [.image, .text("\n"), .image, .text(text)])
        let printed = ChatTemplate.internVL.render([several], addGenerationPrompt: false)
        #expect(printed.contains("user\n<IMG_CONTEXT>\n<IMG_CONTEXT>\nQuestion<|im_end|>"))
        // Qwen2.5-VL keeps what the row writes.
        let message = ChatMessage(role: .user, content: [.image, .text(text)])
        let qwen = ChatTemplate.qwen25VL.render([message], addGenerationPrompt: false)
        #expect(qwen.contains("<|vision_end|>\(text)<|im_end|>"))
    }
}
