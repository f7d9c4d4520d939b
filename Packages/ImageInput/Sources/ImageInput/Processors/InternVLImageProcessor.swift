// The image processor of InternVL: choose a grid of square tiles, stretch the image to it, cut, and add the
// whole image as one more tile. Bit for bit equal to OpenGVLab's `dynamic_preprocess` and to the Pillow
// processor of transformers (GotOcr2ImageProcessorPil with crop_to_patches, 5.23).
import CImage

/// Turns images into the tiles that InternVL's vision tower reads.
public struct InternVLImageProcessor: Sendable, Equatable {
    /// Side of a tile in pixels.
    public var tileSize = 448
    /// Fewest tiles of a grid.
    public var minTiles = 1
    /// Most tiles of a grid; the thumbnail is not counted.
    public var maxTiles = 12
    /// Whether an image of several tiles is followed by a tile of the whole image.
    public var usesThumbnail = true
    /// The order in which grids are tried; it decides only exact ties between grids of equal area.
    public var gridOrder = TileGrid.Order.columnsThenRows
    /// How bytes are converted to numbers.
    public var normalization = PixelNormalization.imageNet
    /// Which library's rounding is used.
    var arithmetic = PixelArithmetic.pillow

    /// The processor with the published models' settings.
    public init() {}

    /// The grid whose aspect ratio is nearest to the image's.
    ///
    /// Of two equally near grids, the later, larger one wins if the image has more than half of its pixels.
    ///
    /// - Parameters:
    ///   - width: Width in pixels, positive.
    ///   - height: Height in pixels, positive.
    /// - Returns: The grid.
    func grid(width: Int, height: Int) -> TileGrid {
        let aspect = Double(width) / Double(height), area = Double(width) * Double(height)
        var best = TileGrid(columns: 1, rows: 1)
        var nearest = Double.infinity
        for candidate in TileGrid.candidates(minTiles...maxTiles, gridOrder) {
            let distance = abs(aspect - Double(candidate.columns) / Double(candidate.rows))
            let half = 0.5 * Double(tileSize) * Double(tileSize) * Double(candidate.tileCount)
            if distance < nearest || distance == nearest && area > half {
                (best, nearest) = (candidate, distance)
            }
        }
        return best
    }

    /// The tiles of an image as bytes: the grid's row by row, then the thumbnail if there is one.
    func tiles(of image: RGBImage) -> [RGBImage] {
        let grid = grid(width: image.width, height: image.height)
        let stretched = resized(image, width: tileSize * grid.columns, height: tileSize * grid.rows)
        var tiles = (0..<grid.tileCount).map { index in
            stretched.square(
                left: index % grid.columns * tileSize, top: index / grid.columns * tileSize, side: tileSize)
        }
        if usesThumbnail, tiles.count > 1 {
            tiles.append(resized(image, width: tileSize, height: tileSize))
        }
        return tiles
    }

    /// Cuts and normalizes one image.
    ///
    /// - Parameter image: An upright image of any shape.
    /// - Returns: The tiles, normalized.
    public func callAsFunction(_ image: RGBImage) -> ImageTiles {
        normalized(tiles(of: image), grid: grid(width: image.width, height: image.height), of: image)
    }

    /// Resizes and normalizes the frames of a video, one tile each.
    ///
    /// - Parameter frames: Upright images of one size; not empty.
    /// - Returns: The tiles, normalized, with a grid of one tile.
    public func callAsFunction(frames: [RGBImage]) -> ImageTiles {
        guard let first = frames.first else { fatalError("InternVLImageProcessor: a video has a frame") }
        let tiles = frames.map { resized($0, width: tileSize, height: tileSize) }
        return normalized(tiles, grid: TileGrid(columns: 1, rows: 1), of: first)
    }

    private func resized(_ image: RGBImage, width: Int, height: Int) -> RGBImage {
        resizeBicubic(image, width: width, height: height, arithmetic: arithmetic)
    }

    private func normalized(_ tiles: [RGBImage], grid: TileGrid, of image: RGBImage) -> ImageTiles {
        let values = normalization.table(arithmetic)
        let size = 3 * tileSize * tileSize
        let pixels = [Float](unsafeUninitializedCapacity: size * tiles.count) { buffer, initialized in
            for (index, tile) in tiles.enumerated() {
                r1_planes(
                    tile.pixels, tileSize * tileSize, values, buffer.baseAddress.map { $0 + index * size })
            }
            initialized = size * tiles.count
        }
        return ImageTiles(
            pixelValues: pixels, tileCount: tiles.count, tileSize: tileSize, grid: grid,
            originalWidth: image.width, originalHeight: image.height, contentHash: ContentHash(of: tiles))
    }
}

/// One image, or the frames of one video, as InternVL's vision tower reads it.
public struct ImageTiles: Sendable {
    /// `[tileCount, 3, tileSize, tileSize]`, normalized.
    public var pixelValues: [Float]
    /// Number of tiles: the grid's and the thumbnail, or one for each frame.
    public var tileCount: Int
    /// Side of a tile in pixels.
    public var tileSize: Int
    /// The grid of the tiles.
    var grid: TileGrid
    /// Width of the upright original in pixels.
    public var originalWidth: Int
    /// Height of the upright original in pixels.
    public var originalHeight: Int
    /// The hash of the tiles' pixels; equal for equal tiles.
    public var contentHash: ContentHash
}

extension RGBImage {
    /// A square cut out of the image.
    fileprivate func square(left: Int, top: Int, side: Int) -> RGBImage {
        var cut: [UInt8] = []
        cut.reserveCapacity(3 * side * side)
        for row in top..<top + side {
            let start = 3 * (row * width + left)
            cut += pixels[start..<start + 3 * side]
        }
        return RGBImage(width: side, height: side, pixels: cut)
    }
}
