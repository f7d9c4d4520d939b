// What members that share work agree on.
import Collectives
import Testing

@Suite("Agreements")
struct AgreementTests {
    @Test("Members learn what member 0 knows", arguments: [1, 2, 4])
    func known(_ size: Int) throws {
        let numbers = try ThreadWorld.run(size) { try $0.fromFirst($0.rank == 0 ? 7 : nil) }
        #expect(numbers == Array(repeating: 7, count: size))
    }

    @Test("A member that reads something else says so")
    func different() throws {
        _ = try ThreadWorld.run(4) { try $0.requireSame([1, 2], "the rows") }
        for other: [UInt8] in [[1, 3], [1], [1, 2, 3], []] {
            #expect(throws: WorldError.different("the rows")) {
                try ThreadWorld.run(4) { try $0.requireSame($0.rank == 2 ? other : [1, 2], "the rows") }
            }
        }
    }
}
