// One open value: where reading is inside it.

/// Where reading is inside one value.
enum Frame: Hashable, Sendable {
    /// Before the whole value.
    case start
    case machine(kind: Int, state: Int32)
    case string(StringPlace)
    case object(ObjectPlace)
    case list(ListPlace)
    /// Only in masks: a name of an object with free names was closed, and whether it may depends on the others.
    case closedName
}

/// Inside a string.
struct StringPlace: Hashable, Sendable {
    var place = CharacterPlace()
    /// Characters that must still follow.
    var needed: Int
    /// Characters that may still follow; nil for any number.
    var left: Int?
}

/// Inside an object.
struct ObjectPlace: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        case opened
        /// Inside the name of a property, after so many bytes of its text.
        case name(property: Int, read: Int)
        /// Inside a free name.
        case freeName(CharacterPlace)
        /// After a free name.
        case freeNameEnd
        /// After the colon of a property or, with nil, of a free name.
        case colon(property: Int?, isSpaced: Bool)
        /// After a value or its comma; `next` is the first property that may follow.
        case value(next: Int)
        case comma(next: Int, isSpaced: Bool)
    }

    let kind: Int
    /// Containers that may be opened inside.
    var room: Int
    var phase = Phase.opened
    /// The free names so far, the open one last.
    var names: [[UInt8]] = []
    /// Whether `names` was left out, so that the same mask serves objects with other names.
    var isBare = false
}

/// Inside a list.
struct ListPlace: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        case opened
        case value
        case comma(isSpaced: Bool)
    }

    let kind: Int
    var room: Int
    var phase = Phase.opened
    /// Items begun, counted up to the number of items with kinds of their own.
    var index = 0
    /// Items that must still begin.
    var needed: Int
    /// Items that may still begin; nil for any number.
    var left: Int?
}

extension Frame {
    /// The frame with everything reduced that no token of these sizes can tell apart.
    ///
    /// - Parameters:
    ///   - characters: The most bytes of a token.
    ///   - openings: The most opening brackets of a token, and the height of the highest kind.
    /// - Returns: The key under which its mask is kept.
    func reduced(characters: Int, openings: Int) -> Frame {
        switch self {
        case .start, .machine, .closedName: return self
        case .string(var string):
            string.needed = min(string.needed, characters + 1)
            string.left = string.left.map { min($0, characters + 1) }
            return .string(string)
        case .object(var object):
            object.room = min(object.room, openings)
            (object.names, object.isBare) = ([], true)
            return .object(object)
        case .list(var list):
            list.room = min(list.room, openings)
            list.needed = min(list.needed, characters + 1)
            list.left = list.left.map { min($0, characters + 1) }
            return .list(list)
        }
    }
}
