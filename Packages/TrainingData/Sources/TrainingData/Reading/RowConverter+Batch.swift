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
        let line = batch.rows[index].line
        let place = RowPlace(file: batch.file, line: line)
        do throws(SampleError) {
            let members = try batch.members(index)
            do throws(SampleError) {
                let row = try convert(members, at: place)
                let text = batch.hasLines ? batch.text(index) : nil
                return [FoundRow(line: line, row: .success(row), text: text)]
            } catch {
                guard case .noLayout = error, let inner = Wrapped.rows(in: members) else { throw error }
                return inner.enumerated().flatMap { number, row in
                    unwrapped(row, at: RowPlace(file: place.file, line: line + number))
                }
            }
        } catch {
            return [FoundRow(line: line, row: .failure(error), text: nil)]
        }
    }

    private func unwrapped(_ members: JSONObject, at place: RowPlace, depth: Int = 0) -> [FoundRow] {
        do throws(SampleError) {
            return [FoundRow(line: place.line, row: .success(try convert(members, at: place)), text: nil)]
        } catch {
            if case .noLayout = error, depth < 3, let inner = Wrapped.rows(in: members) {
                return inner.enumerated().flatMap { number, row in
                    unwrapped(
                        row, at: RowPlace(file: place.file, line: place.line + number), depth: depth + 1)
                }
            }
            return [FoundRow(line: place.line, row: .failure(error), text: nil)]
        }
    }
}
