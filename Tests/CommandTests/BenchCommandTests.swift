import Foundation
import Testing

@Suite struct BenchCommandTests {
    let command = Command()

    @Test func aTrainingStepIsTimed() throws {
        let result = try command.run(
            "bench", "rbm", "--hidden", "8", "--batch-size", "12", "--data", command.writeData(), "--seconds", "0.05",
            "--threads", "1", "--json")
        #expect(result.status == 0, "\(result.error)")
        let json = result.json
        #expect(
            json["workload"] as? String == "rbm" && json["backend"] as? String == "simd" && json["batch"] as? Int == 12)
        let (median, least) = (json["step_ms_median"] as? Double ?? 0, json["step_ms_min"] as? Double ?? 0)
        #expect(0 < least && least <= median && median < 1000)
        for name in [
            "samples_per_s", "gflops", "part_of_peak_gflops", "part_of_copy_bandwidth", "peak_rss_mb", "first_step_s",
            "peak_gflops", "copy_gb_per_s",
        ] {
            #expect(json[name] as? Double ?? 0 > 0, "\(name)")
        }
        // Each part is of its own: the rates over the peaks.
        let (rate, peak) = (json["gflops"] as? Double ?? 0, json["peak_gflops"] as? Double ?? 0)
        #expect(abs((json["part_of_peak_gflops"] as? Double ?? 0) * peak / rate - 1) < 1e-6)
        let loss = json["final_loss"] as? Double ?? 0
        #expect(loss > 0 && loss < 64)
    }

    @Test func theLossIsThatOfTheSameStepsWhateverIsTimed() throws {
        let data = try command.writeData()
        let losses = try ["0.01", "0.1"].map { seconds in
            try command.run(
                "bench", "vae", "--hidden", "8", "--latent", "2", "--batch-size", "2", "--data", data, "--seconds",
                seconds, "--json"
            ).json["final_loss"] as? Double
        }
        #expect(losses[0] != nil && losses[0] == losses[1])
    }

    @Test func workloadsAreListed() throws {
        let result = try command.run("bench")
        for name in [
            "ae-deep", "ae-denoising", "vae", "rbm-pcd", "dbm-joint", "gan", "multitask", "classifier", "infer-vae-1",
            "svd",
        ] {
            #expect(result.output.contains("\n\(name) ") || result.output.hasPrefix("\(name) "), "\(name)")
        }
    }

    @Test func kernelsAreTimedOneByOneAndTraced() throws {
        let trace = command.path("trace.json")
        let result = try command.run("profile", "contract-nt-12x20x30", "--seconds", "0.05", "--trace", trace, "--json")
        #expect(result.status == 0, "\(result.error)")
        let kernels = result.json["kernels"] as? [[String: Any]] ?? []
        #expect(kernels.count == 1 && kernels[0]["kernel"] as? String == "contract")
        #expect(kernels[0]["flops"] as? Int == 2 * 12 * 20 * 30)
        let json =
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: trace))) as? [String: Any]
        let events = json?["traceEvents"] as? [[String: Any]] ?? []
        #expect(events.count == 1 && events[0]["ph"] as? String == "X" && events[0]["dur"] as? Double ?? 0 > 0)
    }

    @Test func whatCannotBeTimedIsRefused() throws {
        func complaint(_ arguments: String...) throws -> String {
            let result = try command.finish(command.start(arguments))
            #expect(result.status > 0)
            return result.complaint
        }
        #expect(try complaint("bench", "vea").contains("unknown workload 'vea': did you mean 'vae'?"))
        #expect(try complaint("bench", "contract-nt-0x3x4").contains("unknown workload"))
        #expect(try complaint("bench", "softmax", "--seconds", "0").contains("--seconds"))
        #expect(try complaint("bench", "vae", "--data", "nowhere.npy").contains("nowhere.npy"))
        #expect(try complaint("bench", "vae", "--data", command.writeData(), "--nope", "1").contains("--nope"))
        let unlabelled = try complaint("bench", "classifier", "--data", command.writeData())
        #expect(unlabelled.contains("learns from labels"))
        let unwritable = try complaint("profile", "softmax", "--seconds", "0.01", "--trace", "/nowhere/trace.json")
        #expect(unwritable.contains("/nowhere/trace.json"))
    }
}
