// The import itself: rows are read, converted on all threads, checked for repeated ids, and written in order.
import Basics
import Foundation
import TrainingData

/// Imports rows in one pass; memory does not grow with the pictures or texts of the rows.
struct RowImport {
    /// How rows are named.
    struct Naming {
        /// What comes before every id.
        let prefix: String
        /// Whether ids are numbers in the order of the rows.
        let isNumbered: Bool
    }

    private let files: [String]
    private let conversion: PartConversion
    private let collectsRejects: Bool
    private var ids = FingerprintSet()
    private(set) var report = ImportReport()

    init(
        files: [String], options: RowOptions, pictures: RowPictures, source: String?, naming: Naming,
        collectsRejects: Bool, explains: Bool
    ) {
        (self.files, self.collectsRejects) = (files, collectsRejects)
        conversion = PartConversion(
            converter: RowConverter(map: options.map, explains: explains), options: options,
            pictures: pictures, source: source, naming: naming)
    }

    /// Imports all rows.
    ///
    /// - Parameters:
    ///   - write: Takes lines.
    ///   - reject: Takes rows that cannot be used.
    /// - Throws: `SampleError` for a file that cannot be read and, unless rejects are collected, for the first bad row.
    mutating func run(write: ([UInt8]) throws -> Void, reject: (Reject) throws -> Void) throws {
        var parts = RowParts(files, pictures: conversion.pictures)
        try inOrder(
            next: { try parts.next() }, transform: conversion.convert,
            finish: { part in
                var lines: [UInt8] = []
                lines.reserveCapacity(part.lines.count)
                // Searches in a large table are faster together: the processor waits for several places at once.
                let isNew = part.ids.map { ids.insert($0) }
                var counts = Array(repeating: 0, count: part.kinds.count)
                for row in part.rows {
                    try add(row, of: part, isNew, to: &lines, counts: &counts, reject: reject)
                }
                for (kind, count) in zip(part.kinds, counts) where count > 0 {
                    report.add(kind, count: count)
                }
                try write(lines)
            })
    }

    /// Adds the line of a row unless its id was there before.
    private mutating func add(
        _ row: ConvertedPart.Row, of part: ConvertedPart, _ isNew: [Bool], to lines: inout [UInt8],
        counts: inout [Int],
        reject: (Reject) throws -> Void
    ) throws {
        do {
            switch try row.result.get() {
            case .unnamed(var row):
                row.rename("\(conversion.naming.prefix)\(report.written + 1)")
                row.appendLine(to: &lines)
                report.add(.init(row))
            case .named(let id, let line, let kind):
                guard isNew[id] else {
                    throw DataError.repeatedID(location: "\(part.file):\(row.line)")
                }
                lines += part.lines[line]
                counts[kind] += 1
            }
        } catch {
            let reason = Reject(
                file: part.file, line: row.line, key: key(of: error),
                reason: described(error, part.file, row.line))
            guard collectsRejects else { throw DataError.refused(reason.reason) }
            try reject(reason)
            report.add(reason)
        }
    }

    private func key(of error: any Error) -> String? {
        switch error {
        case let error as SampleError: error.key
        case is DataError: "id"
        default: "images"
        }
    }

    /// The reason with file and line, which errors of pictures lack.
    private func described(_ error: any Error, _ file: String, _ line: Int) -> String {
        let text = "\(error)"
        return text.hasPrefix("\(file):\(line)") ? text : "\(file):\(line): \(text)"
    }
}
