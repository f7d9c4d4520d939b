// Access to the bytes of an array with errors of this package.

extension [UInt8] {
    /// Calls `body` with the bytes.
    func withBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws(ParquetError) -> Result
    ) throws(ParquetError) -> Result {
        try withUnsafeBufferPointer { buffer throws(ParquetError) in try body(UnsafeRawBufferPointer(buffer))
        }
    }
}
