// Reads a value byte by byte: all stacks that a byte leads to. No stack is a dead end: a byte is accepted only where
// the whole value can still be completed.

/// Collects where a byte leads.
struct Steps {
    /// The ways to read a text that are followed; further ones are left out, which only narrows what is allowed.
    private static let mostStacks = 1024

    private(set) var stacks: [Stack] = []
    /// Whether the byte comes after a value whose surroundings are not known (in masks), or depends on the names so far.
    var escapes = false

    /// Forgets everything, for the next byte.
    mutating func reset() {
        stacks.removeAll(keepingCapacity: true)
        escapes = false
    }

    mutating func add(_ stack: Stack) {
        if stacks.count < Self.mostStacks { stacks.append(stack) }
    }

    /// Leaves out ways that go on alike.
    mutating func removeRepeated() {
        guard stacks.count > 1 else { return }
        var known: Set<Stack> = []
        stacks = stacks.filter { known.insert($0).inserted }
    }
}

extension ValueGraph {
    /// Reads a byte.
    ///
    /// - Parameters:
    ///   - byte: The byte.
    ///   - stack: One way to read the text so far.
    ///   - steps: Gets the ways that the byte leaves open.
    func read(_ byte: UInt8, _ stack: Stack, into steps: inout Steps) {
        guard let top = stack.top else {
            // What may follow a value inside another one; the space after a comma belongs to the comma.
            if [UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(byte) {
                steps.escapes = true
            }
            return
        }
        switch top.frame {
        case .closedName: steps.escapes = true
        case .start: begin(root, byte, room: Self.deepest, on: stack.popped, into: &steps)
        case .machine(let kind, let state):
            guard case .machine(let machine) = kinds[kind] else { return }
            if let next = machine.next(state, byte) {
                steps.add(stack.replacing(.machine(kind: kind, state: next)))
            }
            if machine.accepts(state) { read(byte, stack.popped, into: &steps) }
        case .string(let string): read(byte, string, stack, into: &steps)
        case .object(let object): read(byte, object, stack, into: &steps)
        case .list(let list): read(byte, list, stack, into: &steps)
        }
    }

    /// Whether the whole value may end here.
    func isComplete(_ stack: Stack) -> Bool {
        guard let top = stack.top else { return true }
        guard top.below == nil, case .machine(let kind, let state) = top.frame,
            case .machine(let machine) = kinds[kind]
        else { return false }
        return machine.accepts(state)
    }

    /// Begins a value of a kind on a stack with the byte, with room for so many containers.
    func begin(_ kind: Int, _ byte: UInt8, room: Int, on stack: Stack, into steps: inout Steps) {
        guard heights[kind] <= room else { return }
        switch kinds[kind] {
        case .unknown: return
        case .machine(let machine):
            guard let next = machine.next(0, byte) else { return }
            steps.add(stack.pushing(.machine(kind: kind, state: next)))
        case .string(let least, let most):
            guard byte == UInt8(ascii: "\"") else { return }
            steps.add(stack.pushing(.string(StringPlace(needed: least, left: most))))
        case .object:
            guard byte == UInt8(ascii: "{") else { return }
            steps.add(stack.pushing(.object(ObjectPlace(kind: kind, room: room - 1))))
        case .list(let list):
            guard byte == UInt8(ascii: "[") else { return }
            let place = ListPlace(kind: kind, room: room - 1, needed: list.least, left: list.most)
            steps.add(stack.pushing(.list(place)))
        case .choice(let kinds):
            for kind in kinds { begin(kind, byte, room: room, on: stack, into: &steps) }
        }
    }

    private func read(_ byte: UInt8, _ string: StringPlace, _ stack: Stack, into steps: inout Steps) {
        var next = string
        switch next.place.read(byte, allowsEscapes: true) {
        case .refused: return
        case .closed:
            if string.needed == 0 { steps.add(stack.popped) }
            return
        case .began:
            if next.left == 0 { return }
            next.left = next.left.map { $0 - 1 }
            next.needed = max(0, next.needed - 1)
        case .went: break
        }
        steps.add(next == string ? stack : stack.replacing(.string(next)))
    }
}
