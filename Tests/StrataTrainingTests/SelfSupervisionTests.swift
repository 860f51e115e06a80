import StrataBackend
import StrataCompiler
import StrataData
import StrataGraph
import StrataNN
import StrataTraining
import Testing

@testable import StrataModels

/// Learning from what examples tell of themselves: which way up they are, and what is missing.
@Suite struct SelfSupervisionTests {
    private let key = SmallMachine.key

    private func read(_ tensors: [Tensor]) throws -> [[Float]] {
        let session = try SmallMachine.session()
        let function = try session.prepare(Graph(outputs: tensors.enumerated().map { ("\($0)", $1) }))
        if function.inputNames.contains(Session.keyName) { try function.write(Session.keyName, [7, 1] as [Int32]) }
        try function.run()
        return try tensors.indices.map { try function.read("\($0)") }
    }

    /// Counter-clockwise, each channel by itself.
    @Test func imagesAreTurned() throws {
        let model = RotationPrediction(shape: [2, 2, 2], network: Architecture(hidden: [3]))
        let x = Tensor.literal([1, 2, 3, 4, 5, 6, 7, 8] as [Float], [1, 8])
        #expect(
            try read([model.rotated(x)])[0] == [
                1, 2, 3, 4, 5, 6, 7, 8,
                2, 4, 1, 3, 6, 8, 5, 7,
                4, 3, 2, 1, 8, 7, 6, 5,
                3, 1, 4, 2, 7, 5, 8, 6,
            ])
        #expect(model.rotated(.input("x", [1, 9])).isInvalid)
        let tall = DataSpec(features: 6, shape: [2, 3])
        #expect(throws: StrataError.self) {
            try RotationPrediction.description.build(tall, .init(RotationPrediction.description.hyperparameters, [:]))
        }
    }

    /// As many whole patches of each image as were asked for, not always the same.
    @Test func patchesAreHidden() throws {
        let mask = try PatchMask([2, 4, 6], patch: 2, ratio: 0.5)
        let hidden = try read([
            mask(.constant(1, [40, 48]), key), mask.tiled(.literal((0..<8).map(Float.init), [2, 2, 2])),
        ])
        var seen = Set<[Float]>()
        for image in 0..<40 {
            let own = Array(hidden[0][image * 48..<(image + 1) * 48])
            #expect(own.reduce(0, +) == Float(mask.hiddenNumbers) && mask.hiddenNumbers == 24)
            for place in 0..<24 {
                let corner = place / 12 * 12 + place % 6 / 2 * 2
                #expect(own[place] == own[corner] && own[place + 24] == own[corner])
            }
            seen.insert(own)
        }
        #expect(seen.count > 10)
        #expect(Array(hidden[1][0..<12]) == [0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3])
        for (shape, patch) in [([4, 6], 3), ([4, 4], 4), ([12], 2), ([4, 4], 0)] {
            #expect(throws: StrataError.self) { _ = try PatchMask(shape, patch: patch, ratio: 0.5) }
        }
        // One at least, and not all.
        #expect(try PatchMask([4, 4], patch: 2, ratio: 0.01).hidden == 1)
        #expect(try PatchMask([4, 4], patch: 2, ratio: 0.99).hidden == 3)
    }

    /// A network of zeros is wrong by the mean square of what is hidden, whatever is seen.
    @Test func onlyHiddenPatchesCount() throws {
        let model = MaskedAutoencoder(
            shape: [2, 4], network: Architecture(hidden: [2]), mask: try PatchMask([2, 4], patch: 2, ratio: 0.5))
        let x = Tensor.literal([1, 1, 3, 3, 1, 1, 3, 3] as [Float], [1, 8])
        let metrics = model.evaluation(Batch(examples: x), key: key)
        let zeros = Dictionary(
            uniqueKeysWithValues: model.variables.map { ($0.name, Tensor.constant(0, $0.type.shape)) })
        let error = try read([metrics[0].mean.substituting(zeros)])[0][0]
        #expect(error == 1 || error == 9, "\(error)")
        #expect(metrics.map(\.name) == ["masked_error", "effective_rank"])
    }

    /// Codes near two rays: those on the first are nearest to one of another class, or are it.
    @Test func neighboursAreTold() throws {
        let codes = Tensor.literal([1, 0, 2, 0.1, 0, 1, 0.1, 3, 5, 0.2] as [Float], [5, 2])
        let batch = Batch(examples: codes, labels: .literal([0, 0, 1, 1, 1] as [Int32], [5]))
        let metrics = EmbeddingHealth.ofCodes(codes, batch)
        #expect(metrics.map(\.name) == ["effective_rank", "neighbour_accuracy"])
        #expect(abs(try read([metrics[1].mean])[0][0] - 0.4) < 1e-6)
    }

    @Test func patchesAreTokens() throws {
        var pass = Pass.evaluation
        let image = Tensor.literal((0..<16).map(Float.init), [1, 2, 2, 4])
        let patches = Patches(2)(image, &pass)
        let back = JoinedPatches(2, image: [2, 2, 4])(patches, &pass)
        let found = try read([patches, back])
        #expect(found[0] == [0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15])
        #expect(found[1] == (0..<16).map(Float.init))
        let kind = Architecture(.transformer)
        #expect(throws: StrataError.self) { try kind.check([27, 28]) }
        #expect(throws: StrataError.self) { try kind.check([784]) }
        let encoder = Network("encoder", input: [784], kind.encoder([28, 28]))
        #expect(encoder.outputShape == [16 * 64])
        #expect(Network("decoder", input: [5], kind.decoder(to: [3, 28, 28])).outputShape == [2352])
        #expect(
            encoder.parameters.contains { $0.name == "encoder.4.body.1.in_proj_weight" },
            "\(encoder.parameters.map(\.name))")
    }

    /// Each group by its own mean and deviation; the running averages are of the last.
    @Test func groupsAreNormalizedApart() throws {
        let layer = Normalization(.batch)
        let network = Network("n", input: [1], layer)
        var pass = Pass.training(key)
        let isLast = Tensor.literal([0, 0, 1, 1, 1] as [Float], [5])
        pass.groups = ExampleGroups([1 - isLast, isLast])
        let y = network(.literal([1, 3, 10, 20, 30] as [Float], [5, 1]), &pass)
        let updates = pass.updates.map(\.value)
        let ones = Dictionary(
            uniqueKeysWithValues: network.variables.map { variable in
                let isScale = variable.name.hasSuffix("weight") || variable.name.hasSuffix("var")
                return (variable.name, Tensor.constant(isScale ? 1 : 0, variable.type.shape))
            })
        let found = try read(([y] + updates).map { $0.substituting(ones) })
        for (value, exact) in zip(found[0], [-1, 1, -1.2247, 0, 1.2247] as [Float]) {
            #expect(abs(value - exact) < 1e-3)
        }
        #expect(abs(found[1][0] - 2) < 1e-5 && abs(found[2][0] - (0.9 + 10)) < 1e-4, "\(found)")
        // Without examples of the last group they stay.
        var other = Pass.training(key)
        other.groups = ExampleGroups([.constant(1, [5]), .constant(0, [5])])
        _ = network(.literal([1, 3, 10, 20, 30] as [Float], [5, 1]), &other)
        #expect(try read(other.updates.map { $0.value.substituting(ones) }) == [[0], [1]])
    }
}
