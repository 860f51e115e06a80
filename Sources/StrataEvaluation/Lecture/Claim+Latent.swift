import StrataBackend
import StrataData
import StrataTraining

extension Claim {
    /// Halfway between two codes (Bengio, Mesnil, Dauphin and Rifai, "Better mixing via deep representations", 2013).
    static let interpolation = Claim(
        "interpolation",
        "Halfway between two codes a variational autoencoder is nearer to the images than an autoencoder.",
        experiment:
            "The codes of 300 pairs of test images are averaged and decoded. How far the result is from the nearest training"
            + " image is divided by how far reconstructions are. The number is this ratio of an autoencoder, less that of a"
            + " variational one, both of 10 latent dimensions.",
        command: "strata train vae --latent 10; strata interpolate RUN"
    ) { setting in
        let data = try setting.fewImages()
        let (count, known) = (min(300, data.test.count / 2), try Codes(examples: data.train))
        var ratios: [String: [Double]] = [:]
        var paths: [String: [Float]] = [:]
        for seed in setting.seeds {
            for (model, settings) in [("autoencoder", ["code": "10"]), ("vae", ["latent": "10", "hidden": "500"])] {
                let space = try LatentSpace(
                    setting.predictor(model, settings, steps: 2000, on: data, seed: seed))
                let codes = try space.encode(data.test.values(0..<2 * count))
                let pairs = (codes.rows(Array(0..<count)), codes.rows(Array(count..<2 * count)))
                let middle = try Codes(zip(pairs.0.values, pairs.1.values).map { ($0 + $1) / 2 }, width: codes.width)
                let distances = try [middle, codes].map { codes in
                    try Codes(space.decode(codes), width: known.width).meanDistance(
                        among: known, backend: setting.backend)
                }
                ratios[model, default: []].append(distances[0] / max(distances[1], .leastNormalMagnitude))
                if paths[model] == nil {
                    let steps = (0..<4).flatMap { row in
                        (0..<9).flatMap { step -> [Float] in
                            let share = Float(step) / 8
                            return (0..<codes.width).map { unit in
                                let place = row * codes.width + unit
                                return pairs.0.values[place] * (1 - share) + pairs.1.values[place] * share
                            }
                        }
                    }
                    paths[model] = try space.decode(Codes(steps, width: codes.width))
                }
            }
        }
        var finding = Finding(
            "distance of midpoints over that of reconstructions: of an autoencoder, less of a variational one",
            MeanOverSeeds(zip(ratios["autoencoder"] ?? [], ratios["vae"] ?? []).map { $0 - $1 }))
        finding.rows = ["autoencoder", "vae"].map { ("ratio_of_\($0)", MeanOverSeeds(ratios[$0] ?? []).value) }
        finding.images = [("autoencoder", "An autoencoder"), ("vae", "A variational autoencoder")].map {
            ($1, "Each row goes from one test image to another.", paths[$0] ?? [], data.exampleShape.extents, 9)
        }
        return finding
    }

    /// What is added to a code to give an image an attribute (Larsen et al. 2016).
    static let arithmetic = Claim(
        "arithmetic", "A direction of the codes gives an image an attribute.",
        experiment:
            "The mean code of large sprites less that of small ones is added to the codes of small test sprites. What is decoded"
            + " is compared with the same sprites drawn large. The number is the share of the squared error that the direction"
            + " takes away.",
        command: "strata train vae --data sprites; strata latent attribute RUN size"
    ) { setting in
        let data = setting.sprites
        let (small, large) = (1, 4)
        guard let factors = data.train.factors, let tests = data.test.factors,
            let size = factors.names.firstIndex(of: "size"), data.exampleShape.rank == 2
        else { throw StrataError(.data, "'\(data.name)' has no images with a factor 'size'") }
        func values(_ factors: Factors, _ row: Int) -> [Int32] {
            Array(factors.values[row * factors.names.count..<(row + 1) * factors.names.count])
        }
        let chosen = (0..<data.test.count).filter { values(tests, $0)[size] == Int32(small) }.prefix(200)
        let sprites = try Sprites(side: data.exampleShape[0])
        let wanted = chosen.flatMap { row -> [Float] in
            var factors = values(tests, row)
            factors[size] = Int32(large)
            return sprites.image(at: Sprites.point(of: factors)).map { Float($0) / 255 }
        }
        let before = try chosen.flatMap { try data.test.values($0..<$0 + 1) }
        let width = data.spec.features
        var (gains, picture): ([Double], [Float]?) = ([], nil)
        for seed in setting.seeds {
            let space = try LatentSpace(
                setting.predictor("vae", ["latent": "10", "hidden": "500,500"], steps: 3000, on: data, seed: seed))
            let known = try space.encode(data.train.values(0..<data.train.count))
            func mean(_ value: Int) throws -> [Float] {
                try space.mean(known, (0..<data.train.count).map { values(factors, $0)[size] == Int32(value) })
            }
            let direction = zip(try mean(large), try mean(small)).map { $0 - $1 }
            let codes = try space.encode(before)
            let (still, moved) = (
                try space.decode(codes), try space.decode(LatentSpace.moved(codes, along: direction, by: [1]))
            )
            func error(_ images: [Float]) -> Double {
                zip(images, wanted).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
            }
            gains.append(1 - error(moved) / max(error(still), .leastNormalMagnitude))
            if picture == nil { picture = [before, moved, wanted].flatMap { Array($0.prefix(10 * width)) } }
        }
        var finding = Finding("share of the squared error that the direction takes away", MeanOverSeeds(gains))
        finding.images = [
            (
                "Small made large", "Test sprites, what the direction makes of them, and the same drawn large.",
                picture ?? [], data.exampleShape.extents, 10
            )
        ]
        return finding
    }
}
