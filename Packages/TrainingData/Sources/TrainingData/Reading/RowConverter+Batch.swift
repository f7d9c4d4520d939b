// Rows of a batch, with those that wrap others opened.
internal import StrictJSON

/// A row of a batch in the keys of the record, or why it is none.
public struct FoundRow: Sendable {
    /// The line or number of the row.
    public let line: Int
    /// The converted row or the reason.
    public let row: Result<ConvertedRow, SampleError>
    /// The row's line as it is in the file; nil where it has none of its own.
    let text: ArraySlice<UInt8>?
}

extension RowConverter {
    /// Converts a row of a batch; an object that holds rows gives all of them.
    public func rows(_ batch: RowBatch, at index: Int) -> [FoundRow] {
        var rows: [FoundRow] = []
        let text = batch.hasLines ? batch.text(index) : nil
        forEachRow(batch, index..<index + 1) { place, isWhole, row in
            rows.append(FoundRow(line: place.line, row: row, text: isWhole ? text : nil))
        }
        return rows
    }

    /// Converts rows of a batch; an object that holds rows gives all of them.
    ///
    /// - Parameters:
    ///   - batch: Rows as they were found.
    ///   - indices: The rows' places in the batch.
    ///   - body: Takes the place of each row, whether it is the whole row of the batch, and the converted row.
    func forEachRow(
        _ batch: RowBatch, _ indices: Range<Int>,
        _ body: (_ place: RowPlace, _ isWhole: Bool, _ row: consuming Result<ConvertedRow, SampleError>) ->
            Void
    ) {
        let file = batch.file.copy
        for index in indices {
            let place = RowPlace(file: file, line: batch.rows[index].line)
            do throws(SampleError) {
                let members = try batch.members(index)
                convert(members, at: place, isWhole: true, body)
            } catch { body(place, false, .failure(error)) }
        }
    }

    /// Converts a row or, where it is none, the rows inside it; these may hold rows themselves.
    private func convert(
        _ members: JSONObject, at place: RowPlace, isWhole: Bool, depth: Int = 0,
        _ body: (_ place: RowPlace, _ isWhole: Bool, _ row: consuming Result<ConvertedRow, SampleError>) ->
            Void
    ) {
        do throws(SampleError) {
            body(place, isWhole, .success(try convert(members, at: place)))
        } catch {
            guard case .noLayout = error, depth <= Self.mostWrappings, let inner = Wrapped.rows(in: members)
            else { return body(place, false, .failure(error)) }
            for (number, row) in inner.enumerated() {
                let place = RowPlace(file: place.file, line: place.line + number)
                convert(row, at: place, isWhole: false, depth: depth + 1, body)
            }
        }
    }

    /// How many objects may be around the object that holds the rows.
    private static var mostWrappings: Int { 3 }
}

extension String {
    /// The same text in memory of its own.
    ///
    /// Threads that count their references to one text wait for each other, several times a row.
    var copy: String { String(decoding: Array(utf8), as: UTF8.self) }
}
