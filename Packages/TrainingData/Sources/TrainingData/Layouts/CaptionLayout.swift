// A picture and its description: WebDataset shards and caption sets.
internal import StrictJSON
internal import Tokenizer

extension Layout {
    /// Rows with a picture and a caption.
    static let caption = Layout(
        name: "caption",
        summary: "caption rows and WebDataset shards with a picture and txt, caption or text",
        keys: ["txt", "caption", "text"],
        matches: { row in
            ["image", "images", "decoded_image"].contains(where: row.has)
                && ["txt", "caption", "text"].contains(where: row.hasText)
        }
    ) { (draft) throws(SampleError) in
        let caption = try draft.text(anyOf: ["caption", "txt", "text"], as: "messages") ?? ""
        draft.add(.user, "<image>Describe the image.")
        draft.add(.assistant, caption.trimmingSpace())
        draft.note("messages", "the question \"Describe the image.\" was added")
    }
}
