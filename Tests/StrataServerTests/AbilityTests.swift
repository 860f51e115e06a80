#if Server
import Foundation
import StrataBackend
import StrataData
import StrataRuns
import StrataServer
import StrataTraining
import Testing

/// What models of other kinds offer: predictions of several tasks, translations, samples of a class.
@Suite struct AbilityTests {
    let runs: TrainedRuns

    init() throws { runs = try TrainedRuns.shared.get() }

    private func call(
        _ name: String, _ model: String, _ inputs: [(name: String, type: String, shape: [Int], data: [Double])]
    ) throws -> (status: Int, complaint: String, outputs: [String: [Float]]) {
        let server = try InferenceServer(ModelRepository([runs.source(name)]), configuration: .init(port: 0))
        let response = try Client(port: server.port)(
            "POST", "/v2/models/\(model)/infer",
            json: [
                "inputs": inputs.map { ["name": $0.name, "datatype": $0.type, "shape": $0.shape, "data": $0.data] }
            ])
        server.drain()
        let list = response.json["outputs"] as? [[String: Any]] ?? []
        let outputs = list.map { output in
            (output["name"] as? String ?? "", (output["data"] as? [Double] ?? []).map { Float($0) })
        }
        return (response.status, response.complaint, Dictionary(outputs) { first, _ in first })
    }

    @Test func tasksArePredictedByTheirNames() throws {
        try runs.strata(
            "train", "multitask", "--data", ".", "--heads", "label,brightness", "--hidden", "8", "--epochs", "1",
            "--out", "tasks")
        let images = TrainedRuns.images(4)
        let predictor = try runs.predictor("tasks")
        let expected = try predictor.predict(images)
        #expect(expected.map(\.name) == ["label", "brightness"] && expected.map(\.width) == [3, 1])
        let found = try call(
            "tasks", "tasks-predict", [("examples", "FP32", [4, 8, 8], images.map(Double.init))])
        #expect(found.status == 200 && Set(found.outputs.keys) == ["label", "brightness"], "\(found.complaint)")
        for (name, values, _) in expected { #expect(found.outputs[name] == values) }
        // Probabilities of classes.
        let label = try #require(found.outputs["label"])
        for row in 0..<4 {
            let sum = label[row * 3..<row * 3 + 3].reduce(0, +)
            #expect(abs(sum - 1) < 1e-5)
        }
    }

    @Test func sourcesAreTranslated() throws {
        try runs.strata(
            "train", "super-resolution", "--data", "x_train.npy", "--channels", "2", "--blocks", "0", "--epochs", "1",
            "--out", "pairs")
        // The small image of an image is what training makes of it.
        let run = try Run("\(runs.folder)/pairs")
        let split = try run.data().test
        let (small, large) = try run.predictor().translate(split, 0..<3)
        let halves = split.count == 0 ? [] : try halved(split.values(0..<3))
        let found = try call(
            "pairs", "pairs-translate", [("sources", "FP32", [3, 1, 4, 4], halves.map(Double.init))])
        #expect(found.status == 200 && small.count == large.count, "\(found.complaint)")
        let outputs = try #require(found.outputs["examples"])
        #expect(outputs.count == large.count && zip(outputs, large).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    /// The means of squares of four pixels of images of 8 × 8.
    private func halved(_ images: [Float]) -> [Float] {
        (0..<images.count / 4).map { place in
            let (image, y, x) = (place / 16, place / 4 % 4, place % 4)
            let corner = image * 64 + 16 * y + 2 * x
            return (images[corner] + images[corner + 1] + images[corner + 8] + images[corner + 9]) / 4
        }
    }

    @Test func aClassIsSampled() throws {
        try runs.strata(
            "train", "discriminative-rbm", "--data", ".", "--hidden", "8", "--epochs", "1", "--out", "classes")
        let expected = try runs.predictor("classes").sample(2, seed: 3, given: .init(label: 1))
        func sample(_ label: Double) throws -> (status: Int, complaint: String, outputs: [String: [Float]]) {
            try call(
                "classes", "classes-sample",
                [("count", "INT32", [1], [2]), ("seed", "INT64", [1], [3]), ("label", "INT32", [1], [label])])
        }
        let found = try sample(1)
        #expect(found.status == 200 && found.outputs["examples"] == expected, "\(found.complaint)")
        let refused = try sample(3)
        #expect(refused.status == 422 && refused.complaint.contains("class 3 is outside 0..<3"))
    }
}
#endif
