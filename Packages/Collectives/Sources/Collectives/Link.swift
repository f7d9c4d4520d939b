// What a transport has to do: move bytes between two members. Everything else is written once, in TreeWorld.

/// Moves bytes between members.
///
/// Messages between two members arrive in the order in which they were sent. Calls come from one thread at a time.
protocol Link: Sendable {
    /// A message on its way out or in.
    associatedtype Transfer

    /// This member's number.
    var rank: Int { get }
    /// The number of members.
    var size: Int { get }

    /// Starts to send a message; the bytes must stay as they are until it is complete.
    func send(_ bytes: UnsafeRawBufferPointer, to rank: Int) throws -> Transfer

    /// Starts to receive the next message of a member, which has as many bytes as the buffer.
    func receive(_ bytes: UnsafeMutableRawBufferPointer, from rank: Int) throws -> Transfer

    /// Lets messages move, and says how far this one is.
    ///
    /// Transfers with the same member are asked in the order in which they were started; one that is complete is not
    /// asked again.
    func state(of transfer: inout Transfer) throws -> TransferState

    /// Gives up a transfer after an error.
    func abandon(_ transfer: inout Transfer)

    /// Whether this member and another copy from each other's memory; both say the same.
    func readsMemory(of rank: Int) -> Bool

    /// Copies bytes of another member, which keeps them as they are meanwhile.
    ///
    /// - Throws: ``WorldError/ended(by:)`` when they are there no longer.
    func copyMemory(of rank: Int, at address: UInt, to bytes: UnsafeMutableRawBufferPointer) throws

    /// Sends a notice to a member, without waiting for anything.
    func send(_ notice: Notice, to rank: Int) throws

    /// The next notice that has arrived, and its sender.
    func nextNotice() throws -> (notice: Notice, rank: Int)?
}

/// How far a message is.
enum TransferState: Equatable {
    /// On its way.
    case running
    /// The bytes may be used; a message that was received has so many.
    case complete(byteCount: Int)
    /// The message that arrived has more bytes than the buffer.
    case tooLong
}

/// What members tell each other when something is wrong.
enum Notice: UInt8 {
    /// The sender has failed and will end all members.
    case failed = 1
    /// The sender waited longer than the limit, and asks who is there.
    case late = 2
    /// The answer to `late` of a member that waits, too.
    case present = 3
}
