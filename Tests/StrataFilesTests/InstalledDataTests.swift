#if PNG
import Glibc
import StrataBackend
import StrataCompiler
import StrataData
import StrataFiles
import StrataGraph
import StrataModels
import StrataReference
import Testing

/// Real data, where this machine has them; the tests are skipped by name where not.
@Suite struct InstalledDataTests {
    static let fashion =
        access("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz", R_OK) == 0
        && getenv("STRATA_DATA_DIR") == nil
    static let glyphs =
        ["unifont/unifont.hex", "unicode/UnicodeData.txt"].allSatisfy { access("/usr/share/\($0)", R_OK) == 0 }
        && getenv("STRATA_GLYPHS_DIR") == nil
    static let mnist = getenv("STRATA_MNIST_DIR") != nil

    /// Mean and standard deviation of the pixels in 0 ... 1.
    static func moments(_ bytes: [UInt8]) -> (mean: Double, deviation: Double) {
        var counts = [Int](repeating: 0, count: 256)
        counts.withUnsafeMutableBufferPointer { counts in
            bytes.withUnsafeBufferPointer { bytes in for byte in bytes { counts[Int(byte)] += 1 } }
        }
        func moment(_ power: (Double) -> Double) -> Double {
            counts.enumerated().reduce(0) { $0 + power(Double($1.offset) / 255) * Double($1.element) }
                / Double(bytes.count)
        }
        let mean = moment { $0 }
        return (mean, (moment { $0 * $0 } - mean * mean).squareRoot())
    }

    @Test(.enabled(if: fashion, "needs dataset-fashion-mnist")) func fashionMNISTIsWhole() throws {
        let data = try DataCatalog.builtIn.load("fashion-mnist", codecs: .system)
        #expect(data.train.count == 60_000 && data.test.count == 10_000 && data.exampleShape == [28, 28])
        let (mean, deviation) = try Self.moments(data.train.bytes)
        #expect(abs(mean - 0.286041) < 5e-7 && abs(deviation - 0.353024) < 5e-7)
        for part in [data.train, data.test] {
            let labels = try #require(part.labels)
            for label in 0..<10 { #expect(labels.values.count { $0 == label } == part.count / 10) }
        }
        #expect(data.classNames?.first == "T-shirt/top" && data.notes == [])
    }

    /// 52 letters, and 374 with one of 25 marks.
    @Test(.enabled(if: glyphs, "needs unifont and unicode-data")) func glyphsAreWhole() throws {
        let data = try DataCatalog.builtIn.load("glyphs")
        let attributes = try #require(data.attributes)
        #expect(attributes.classes == 426 && attributes.names.count == 26 + 2 + 25 && attributes.unseen.count == 74)
        #expect(data.train.count == 352 * 40 && data.test.count == 4260 && data.classNames?.contains("é") == true)
        for place in attributes.names.indices {
            #expect(attributes.seen.contains { attributes.values[$0 * 53 + place] == 1 }, "\(attributes.names[place])")
        }
    }

    /// The best that a Bernoulli decoder can do with gray pixels is their negative entropy.
    @Test(.enabled(if: fashion, "needs dataset-fashion-mnist")) func grayPixelsBoundABernoulliDecoder() throws {
        let data = try DataCatalog.builtIn.load("fashion-mnist", codecs: .system)
        var counts = [Double](repeating: 0, count: 256)
        try data.test.bytes.withUnsafeBufferPointer { bytes in
            var found = [Int](repeating: 0, count: 256)
            found.withUnsafeMutableBufferPointer { found in for byte in bytes { found[Int(byte)] += 1 } }
            counts = found.map(Double.init)
        }
        let levels = (0..<256).map { Float($0) / 255 }
        let logits = levels.map { $0 == 0 ? -40 : $0 == 1 ? 40 : log($0 / (1 - $0)) }
        let session = Session(backend: ReferenceBackend(configuration: BackendConfiguration()))
        let function = try session.prepare(
            Graph(outputs: [
                (
                    "log p",
                    BernoulliDecoder().logLikelihood(
                        of: .literal(levels, [256, 1]), given: .literal(logits, [256, 1]))
                )
            ]))
        try function.run()
        let total = zip(counts, try function.read("log p")).reduce(0) { $0 + $1.0 * Double($1.1) }
        #expect(abs(total / 10_000 - -189.858) < 1e-3, "\(total / 10_000)")
    }

    @Test(.enabled(if: mnist, "needs MNIST in STRATA_MNIST_DIR")) func mnistIsWhole() throws {
        let data = try DataCatalog.builtIn.load("mnist", codecs: .system)
        #expect(data.train.count == 60_000 && data.test.count == 10_000)
        // Copies of MNIST in use differ in a few of the faintest pixels.
        #expect(try abs(Self.moments(data.train.bytes).mean - 0.130659) < 5e-6)
    }
}
#endif
