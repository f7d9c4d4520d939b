// The geometry of the vision tower: windows, frames and rotary positions of the patches of many images.
//
// Patches come in merge-block order: four consecutive rows are the 2 x 2 patches that become one token.
// Window attention needs the blocks of a window next to each other, so blocks are permuted once before the
// tower's layers and back once after the merger.
public import ModelFamilies
internal import TensorMath

/// The place of every patch in a batch of images.
public struct Qwen25VLGrid: Sendable, Equatable {
    /// Block `windowIndex[i]` is at place `i` in window order.
    private(set) var windowIndex: [Int] = []
    /// Patch boundaries of the windows, in window order, without empty windows.
    private(set) var windowBoundaries = [0]
    /// Patch boundaries of the frames.
    private(set) var frameBoundaries = [0]
    /// Row and column of every patch, in patch order.
    private(set) var places: [(row: Int32, column: Int32)] = []

    /// The grid of images given by (frames, patch rows, patch columns), one after another.
    public init(_ grids: [(t: Int, h: Int, w: Int)], _ sizes: Qwen25VLVisionConfiguration) {
        let merge = sizes.mergeSize
        for grid in grids {
            for _ in 0..<grid.t {
                appendFrame(rows: grid.h / merge, columns: grid.w / merge, sizes)
                frameBoundaries.append((frameBoundaries.last ?? 0) + grid.h * grid.w)
            }
        }
    }

    private mutating func appendFrame(rows: Int, columns: Int, _ sizes: Qwen25VLVisionConfiguration) {
        let (merge, side) = (sizes.mergeSize, sizes.windowSize / sizes.mergeSize / sizes.patchSize)
        let first = windowIndex.count
        for top in stride(from: 0, to: rows, by: side) {
            for left in stride(from: 0, to: columns, by: side) {
                for row in top..<min(rows, top + side) {
                    for column in left..<min(columns, left + side) {
                        windowIndex.append(first + row * columns + column)
                    }
                }
                windowBoundaries.append(windowIndex.count * merge * merge)
            }
        }
        for block in 0..<rows * columns {
            for inner in 0..<merge * merge {
                places.append(
                    (
                        row: Int32(block / columns * merge + inner / merge),
                        column: Int32(block % columns * merge + inner % merge)
                    ))
            }
        }
    }

    /// Patch rows in window order: `patchOrder[i]` is the patch at place `i`.
    func patchOrder(_ sizes: Qwen25VLVisionConfiguration) -> [Int] {
        let unit = sizes.mergeSize * sizes.mergeSize
        return windowIndex.flatMap { block in (0..<unit).map { block * unit + $0 } }
    }

    /// Where each block went: the inverse of `windowIndex`.
    var reverseIndex: [Int] {
        var reverse = [Int](repeating: 0, count: windowIndex.count)
        for (place, block) in windowIndex.enumerated() { reverse[block] = place }
        return reverse
    }

    /// Rotation angles in patch order: the first quarter of a head rotates by row, the second by column.
    func angles(_ sizes: Qwen25VLVisionConfiguration) -> RotaryAngles {
        let frequencies = inverseFrequencies(theta: 10_000, size: sizes.headSize / 2)
        var angles: [Float] = []
        angles.reserveCapacity(places.count * frequencies.count * 2)
        for place in places {
            for frequency in frequencies { angles.append(Float(place.row) * frequency) }
            for frequency in frequencies { angles.append(Float(place.column) * frequency) }
        }
        return RotaryAngles(angles, rowCount: places.count)
    }

    /// Equal when all arrays are equal.
    public static func == (a: Qwen25VLGrid, b: Qwen25VLGrid) -> Bool {
        a.windowIndex == b.windowIndex && a.windowBoundaries == b.windowBoundaries
            && a.frameBoundaries == b.frameBoundaries
            && a.places.elementsEqual(b.places) { $0.row == $1.row && $0.column == $1.column }
    }
}
