import StrataBackend
import StrataCompiler
import StrataGraph
import StrataNN
import StrataReference
import Testing

@Suite struct ImageQualityTests {
    private func values(_ tensor: Tensor) throws -> [Float] {
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()), seed: 1)
        let function = try session.prepare(Graph(outputs: [("x", tensor)]))
        try function.run()
        return try function.read("x")
    }

    private func image(_ values: (_ row: Int, _ column: Int) -> Float, height: Int, width: Int) -> Tensor {
        let pixels = (0..<height).flatMap { row in (0..<width).map { values(row, $0) } }
        return .literal(pixels, [1, 1, height, width])
    }

    /// An error of 0.1 at each pixel is 20 dB; one of 0.1 at a quarter of them 26.02; none is cut off at 100.
    @Test func peakSignalToNoiseOfAKnownError() throws {
        let truth = Tensor.constant(0.5, [1, 2, 4, 4])
        func ratio(_ images: Tensor) throws -> Float {
            try values(ImageQuality.peakSignalToNoise(images, truth))[0]
        }
        #expect(abs(try ratio(truth + 0.1) - 20) < 1e-4)
        let quarter = Tensor.literal((0..<32).map { $0 % 4 == 0 ? 0.6 : 0.5 }, [1, 2, 4, 4])
        #expect(abs(try ratio(quarter) - 26.0206) < 1e-4)
        #expect(abs(try ratio(truth) - 100) < 1e-4)
        #expect(abs(try values(ImageQuality.absoluteError(quarter, truth))[0] - 0.025) < 1e-6)
    }

    @Test func equalImagesAreSimilar() throws {
        let x = image({ Float(($0 * 7 + $1 * 3) % 11) / 10 }, height: 14, width: 12)
        #expect(abs(try values(ImageQuality.structuralSimilarity(x, x))[0] - 1) < 1e-6)
        // A negative has covariances of the other sign.
        #expect(try values(ImageQuality.structuralSimilarity(1 - x, x))[0] < -0.5)
    }

    /// Of constants a and b nothing is left but `(2ab + c₁) / (a² + b² + c₁)`; images smaller than the window, too.
    @Test(arguments: [(16, 16), (5, 13)]) func constantImagesDifferInLuminanceAlone(_ height: Int, _ width: Int) throws
    {
        let (a, b): (Float, Float) = (0.2, 0.6)
        let found = try values(
            ImageQuality.structuralSimilarity(
                .constant(a, [1, 3, height, width]), .constant(b, [1, 3, height, width])))[0]
        #expect(abs(found - (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)) < 1e-3, "\(found)")
    }

    /// A checkerboard and an image that shares half of it, as computed with numpy in double precision.
    @Test func structuralSimilarityIsThatOfWang() throws {
        let x = image({ ($0 + $1) % 2 == 0 ? 1 : 0 }, height: 12, width: 12)
        let y = image({ $1 < 6 ? Float($0) / 11 : (($0 + $1) % 2 == 0 ? 1 : 0.5) }, height: 12, width: 12)
        #expect(abs(try values(ImageQuality.structuralSimilarity(x, y))[0] - 0.39734) < 1e-4)
    }

    /// Keys' weights at a quarter of a pixel, −3/128, 29/128, 111/128 and −9/128, with the last pixel going on.
    @Test func bicubicInterpolationIsThatOfKeys() throws {
        let x = image({ _, column in column == 2 ? 1 : 0 }, height: 1, width: 6)
        let found = try values(SeparableFilter.bicubic(factor: 2, height: 1, width: 6)(x))
        let row: [Float] = [0, -3, -9, 29, 111, 111, 29, -9, -3, 0, 0, 0].map { $0 / 128 }
        #expect(zip(found, row + row).allSatisfy { abs($0 - $1) < 1e-6 }, "\(found)")
        // Quadratic functions come out as they are, away from the edges.
        let square = image({ _, column in Float(column * column) }, height: 1, width: 9)
        let enlarged = try values(SeparableFilter.bicubic(factor: 3, height: 1, width: 9)(square))
        for place in 6..<21 {
            let x = (Float(place) + 0.5) / 3 - 0.5
            #expect(abs(enlarged[place] - x * x) < 1e-4, "\(place): \(enlarged[place])")
        }
    }

    @Test func pixelsAreShuffledAsInPyTorch() throws {
        var pass = Pass.evaluation
        // Channels of squares, row by row: of the first image pixel 0, 2, 4, 6, beside it 1, 3, 5, 7.
        let x = Tensor.literal((0..<16).map(Float.init), [1, 8, 1, 2])
        #expect(
            try values(PixelShuffle(2)(x, &pass)) == [0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15])
        #expect(PixelShuffle(2)(x, &pass).shape == [1, 2, 2, 4])
        #expect(PixelShuffle(3)(x, &pass).isInvalid)
    }

    @Test func whatIsNoImageIsTold() {
        func mistake(_ tensor: Tensor) -> String {
            do { return "\(try Graph(outputs: [("y", tensor)]))" } catch { return "\(error)" }
        }
        let x = Tensor.constant(0, [2, 9])
        #expect(mistake(ImageQuality.peakSignalToNoise(x, x)).contains("expected two of [batch, channels"))
        #expect(mistake(SeparableFilter.bicubic(factor: 2, height: 3, width: 3)(x)).contains("the input is [2, 9]"))
        #expect(
            mistake(SeparableFilter.bicubic(factor: 0, height: 3, width: 3)(x.reshape([2, 1, 3, 3])))
                .contains("from 3 to 0 pixels"))
    }
}
