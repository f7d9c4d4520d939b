// Finds the conversation layout of a checkpoint's stored chat template.
public import Checkpoint
public import Tokenizer

extension ChatTemplate {
    /// The layout of a text model; the stored template's default system message decides which one.
    ///
    /// Throws what reading a side file throws.
    public init(storedIn checkpoint: any CheckpointReader) throws {
        let files = ["chat_template.jinja", "chat_template.json", "tokenizer_config.json"]
        let stored = try files.compactMap { try checkpoint.sideFile($0) }
            .map { String(decoding: $0, as: UTF8.self) }.joined()
        self =
            stored.contains("You are Qwen, created by Alibaba Cloud")
            ? .qwen25 : stored.contains("You are a helpful assistant") ? .qwen2 : .chatML
    }
}
