// Which process of several prints.
public import Collectives
public import ToolKit

extension Console {
    /// This console in process 0; in the others, which would repeat it, one that prints nothing.
    ///
    /// Errors do not need it: ``WorldOptions/join(_:message:_:)`` prints each once.
    public func once(in world: any World) -> Console { world.rank == 0 ? self : silent }
}
