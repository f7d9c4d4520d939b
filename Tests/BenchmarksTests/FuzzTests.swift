import Foundation
import ImageInput
import TestKit
import Testing
import TrainingData

@testable import Benchmarks

/// Damaged files of every layout: they give rows or errors that name the file, and never stop the program.
///
/// `R1_FUZZ_SECONDS=600 make test-Benchmarks` goes on for that long.
@Suite struct FuzzTests {
    static let files = [
        "benchmark-rows/ai2d/AI2D_TEST.tsv", "benchmark-rows/ai2d/data/test-00000-of-00001.parquet",
        "benchmark-rows/chartqa/ChartQA_TEST.tsv", "benchmark-layouts/chartqa-test.parquet",
        "benchmark-rows/chartqa/test/test_human.json", "benchmark-rows/mathvision/MathVision.tsv",
        "benchmark-layouts/mathvision-test.parquet", "benchmark-rows/mathvision/mathv-test.jsonl",
        "benchmark-rows/mathvista/MathVista_MINI.tsv", "benchmark-layouts/mathvista-testmini.parquet",
        "benchmark-rows/mathvista/testmini.json", "benchmark-rows/mmbench/MMBench_DEV_EN_V11.tsv",
        "benchmark-layouts/mmbench-dev.parquet", "benchmark-rows/mmmu/MMMU_DEV_VAL.tsv",
        "benchmark-rows/mmmu/validation-00000-of-00001.parquet", "benchmark-rows/mmstar/MMStar.tsv",
        "benchmark-rows/mmstar/val-00000-of-00001.parquet", "benchmark-rows/local/MMStar_local.tsv",
        "benchmark-rows/refcoco/RefCOCO.tsv", "benchmark-layouts/refcoco-testA.parquet",
        "benchmark-rows/refcoco/refcoco+_testA.jsonl", "evaluation/pandas.tsv",
    ]
    static let seconds = ProcessInfo.processInfo.environment["R1_FUZZ_SECONDS"].flatMap(Double.init) ?? 0

    @Test("Damaged files give rows or errors that name the file")
    func damage() throws {
        let folder = TemporaryFolder()
        var random = Seeded(UInt64(Self.seconds > 0 ? UInt32(Date().timeIntervalSince1970) : 15))
        let contents = try Self.files.map { (name: $0, bytes: try Fixtures.bytes($0)) }
        let end = Date().addingTimeInterval(Self.seconds)
        var (files, rows, rejected, refused) = (0, 0, 0, 0)
        repeat {
            for (name, bytes) in contents {
                let path = folder.path(
                    "damaged-" + (name.split(separator: "/").last.map(String.init) ?? name))
                try Data(random.damaged(bytes)).write(to: URL(fileURLWithPath: path))
                var options = BenchmarkOptions()
                // Enough to know the layout where a column's name is damaged.
                options.benchmark = Benchmark(namedIn: name)
                options.pictures = Bool.random(using: &random) ? .optional : .required
                options.pandasMissing = Bool.random(using: &random)
                files += 1
                do {
                    let found = try BenchmarkReader.read(path, options, rejects: .collect)
                    rows += found.rows.count
                    rejected += found.rejects.count
                    for reject in found.rejects { #expect(reject.reason.contains("damaged-"), "\(reject)") }
                    for row in found.rows { try use(row) }
                } catch let error as SampleError {
                    refused += 1
                    #expect(error.description.contains("damaged-"), "\(error)")
                }
            }
        } while Date() < end
        if Self.seconds > 0 {
            print("fuzz: \(files) files, \(rows) rows, \(rejected) rows rejected, \(refused) files refused")
        }
        #expect(files > 0 && rows > 0)
    }

    /// Asks for everything that a run needs of a row.
    private func use(_ row: BenchmarkRow) throws {
        for style in PromptStyle.all {
            do { _ = try style.prompt(row).messages } catch {
                #expect(error.description.contains("<image"), "\(error)")
            }
        }
        for index in row.pictures.indices {
            do { _ = try row.picture(index) } catch { #expect("\(error)".contains("damaged-"), "\(error)") }
        }
        _ = (row.goldLetter, row.goldOption)
    }
}
