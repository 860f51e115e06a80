import Glibc

/// Shapes as signed distances to their outline: negative inside, in units of the square root of the shape's area,
/// about its centre of mass, with y up. A pixel whose centre lies at distance d from the outline (in pixels) is
/// covered by about 1/2 − d, which is all that antialiasing takes.
extension Sprites {
    private typealias Distance = @Sendable (_ x: Float, _ y: Float) -> Float

    /// In the order of `shapes`, with the radius that holds each.
    private static let outlines: [(distance: Distance, radius: Float)] = [
        // A square of edge 1.
        ({ x, y in box(x, y, 0.5) }, 0.71),
        // An ellipse of axes 2 : 1. The distance is to first order, which is exact enough near the outline.
        (
            { x, y in
                let a: Float = 0.7979
                let b: Float = 0.3989
                let once = ((x / a) * (x / a) + (y / b) * (y / b)).squareRoot()
                let twice = ((x / a / a) * (x / a / a) + (y / b / b) * (y / b / b)).squareRoot()
                return twice > 0 ? once * (once - 1) / twice : -b
            }, 0.80
        ),
        // A heart: a square on its corner, and on each of its upper edges a disc. With edge 2h its area is
        // 4h² + πh², and its centre of mass lies 0.3133 h from the square's along both edges.
        (
            { x, y in
                let h: Float = 0.37420
                let shift: Float = 0.11724
                let u = (x + y) * Float(0.5).squareRoot() + shift
                let v = (y - x) * Float(0.5).squareRoot() + shift
                let discs = min(hypotenuse(u - h, v), hypotenuse(u, v - h)) - h
                return min(box(u, v, h), discs)
            }, 0.70
        ),
    ]

    private static func hypotenuse(_ x: Float, _ y: Float) -> Float { (x * x + y * y).squareRoot() }

    /// A square of half edge `h`.
    private static func box(_ x: Float, _ y: Float, _ h: Float) -> Float {
        let dx = abs(x) - h
        let dy = abs(y) - h
        return hypotenuse(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0)
    }

    /// Sizes run from 0.55 to 1 of 0.36 edges of the image. Rotations are 0°, 6°, … 84°, counter-clockwise;
    /// positions run from left to right and from bottom to top, as far as the largest shape stays inside.
    func draw(_ factors: [Int32], on pixels: UnsafeMutableBufferPointer<UInt8>) {
        let edge = Float(side)
        let (distance, radius) = Self.outlines[Int(factors[0])]
        let size = 0.36 * edge * (0.55 + 0.09 * Float(factors[1]))
        let angle = Float(factors[2]) * (6 * .pi / 180)
        let margin = 0.36 * edge * 0.80 + 0.5
        func place(_ factor: Int32) -> Float { margin + (edge - 2 * margin) * Float(factor) / 15 }
        let centerX = place(factors[3])
        let centerY = edge - place(factors[4])
        let cosine = cosf(angle) / size
        let sine = sinf(angle) / size

        let reach = radius * size + 1
        let rows = max(0, Int(centerY - reach))..<min(side, Int(centerY + reach) + 1)
        let columns = max(0, Int(centerX - reach))..<min(side, Int(centerX + reach) + 1)
        for row in rows {
            let y = centerY - (Float(row) + 0.5)
            for column in columns {
                let x = Float(column) + 0.5 - centerX
                let outside = size * distance(x * cosine + y * sine, y * cosine - x * sine)
                pixels[row * side + column] = UInt8(255 * min(max(0.5 - outside, 0), 1) + 0.5)
            }
        }
    }
}
