// Bags of tokens and rows of unit length, over a table small enough to check by hand.
import Synchronization
import Testing
import Tokenizer

@testable import Rewards

/// Three words and their rows; it notes which rows were asked for.
private final class Table: EmbeddingTable {
    let rows: [[Float]]
    let asked = Mutex<[TokenID]>([])

    init(_ rows: [[Float]]) { self.rows = rows }

    var dimension: Int { 2 }
    func ids(_ text: String) -> [TokenID] { text.split(separator: " ").compactMap { TokenID($0) } }
    func row(_ id: TokenID) -> [Float] {
        asked.withLock { $0.append(id) }
        return rows[Int(id)]
    }
}

@Suite("Token embeddings")
struct TokenEmbeddingsTests {
    @Test("A bag holds each token once, in the order of appearance, with its count")
    func bag() {
        let bag = TokenBag([7, 3, 7, 7, 5, 3])
        #expect((bag.ids, bag.counts, bag.count) == ([7, 3, 5], [3, 2, 1], 6))
        #expect(TokenBag([]) == TokenBag([]) && TokenBag([]).count == 0)
    }

    @Test("Rows come in the order asked for, of unit length; zeros stay zero")
    func rows() throws {
        let embeddings = TokenEmbeddings(Table([[3, 4], [0, 0], [0, -1e30]]))
        #expect(try embeddings.unitRows(embeddings.ids("2 0 1")) == [0, -1, 0.6, 0.8, 0, 0])
        #expect(try embeddings.unitRows([]) == [])
    }

    @Test("Rows are fetched once and only for tokens that occur; what is full starts afresh")
    func kept() throws {
        let half = Float(0.5.squareRoot())
        let table = Table([[1, 0], [0, 2], [3, 3]])
        let embeddings = TokenEmbeddings(table, keeping: 2)
        for _ in 0..<3 { _ = try embeddings.unitRows([0, 1]) }
        #expect(table.asked.withLock { $0 } == [0, 1])
        #expect(try embeddings.unitRows([2, 1]) == [half, half, 0, 1])
        #expect(table.asked.withLock { $0 } == [0, 1, 2, 1])
    }

    @Test("A row that is not finite or has another length is an error with the token's number")
    func badRows() {
        for row: [Float] in [[.nan, 1], [.infinity, 0], [1]] {
            let error = #expect(throws: RewardError.self) {
                try TokenEmbeddings(Table([[1, 0], row])).unitRows([0, 1])
            }
            #expect(error?.description.contains("row 1") == true)
        }
    }
}
