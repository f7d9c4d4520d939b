// One process gets into trouble in the middle of many calls.
import Collectives
import Foundation

/// What happens to a process.
enum Trouble: String {
    /// It ends by SIGKILL.
    case killed
    /// It does not go on, as after SIGSTOP.
    case stopped
    /// It exits without an error, although the others wait for it.
    case leaving
    /// It throws an error.
    case failing
    /// All processes throw the same error at the same time.
    case allFailing = "all-failing"
    /// It sums another number of values than the others.
    case otherCalls = "other-calls"
}

private struct Failure: Error, CustomStringConvertible {
    let description: String
}

/// Sums many times; after ten sums, process `rank` gets into trouble.
func meet(_ trouble: Trouble, of rank: Int, in world: any World) throws {
    print("id \(getpid())")
    fflush(nil)
    try world.barrier()
    world.enter(phase: "update")
    for round in 0..<1_000_000 {
        var values = [Double](repeating: 1, count: 1000)
        if round == 10, trouble == .allFailing { throw Failure(description: "no such file") }
        if round == 10, world.rank == rank {
            switch trouble {
            case .killed: kill(getpid(), SIGKILL)
            case .stopped: kill(getpid(), SIGSTOP)
            case .leaving: exit(0)
            case .failing: throw Failure(description: "the disk is full")
            case .otherCalls: values.append(1)
            case .allFailing: break
            }
        }
        try world.sum(&values)
    }
}
