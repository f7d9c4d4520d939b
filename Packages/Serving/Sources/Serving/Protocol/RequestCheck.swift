// The reading of requests alone, without a server: for fuzzing.

/// What a server would say to the body of a request, before it asks the model.
///
/// - Parameters:
///   - body: The body of POST /v1/chat/completions.
///   - pictures: The limits of pictures.
///   - vocabularySize: One more than the largest token id.
/// - Returns: Status and message of the refusal; nil for a request that is accepted.
public func refusal(
    of body: [UInt8], pictures: PictureLimits = PictureLimits(), vocabularySize: Int = 1000
) -> (status: Int, message: String)? {
    do {
        _ = try ChatRequest(body, pictures: pictures, vocabularySize: vocabularySize)
        return nil
    } catch {
        return (error.status, error.message)
    }
}
