import Foundation
import Testing

@Suite struct EvaluateCommandTests {
    let command = Command()

    @Test func aReportTellsAllThatAppliesAndNeedsNothingElse() throws {
        _ = try command.run(
            "train", "vae", "--data", "sprites", "--hidden", "32", "--latent", "6", "--steps", "60", "--batch-size",
            "64", "--out", "v")
        let result = try command.run("evaluate", "v", "--labels", "100,all", "--importance-samples", "8", "--json")
        #expect(result.status == 0, "\(result.error)")
        let fields = result.json
        let names = [
            "elbo", "log_likelihood", "log_likelihood_lower", "log_likelihood_upper", "hoyer_population_sparseness",
            "participation_ratio", "importance_sampled_log_likelihood", "active_units", "knn_accuracy",
            "probe_accuracy", "mig", "dci_disentanglement", "factor_vae_score",
        ]
        for name in names { #expect((fields[name] as? Double)?.isFinite == true, "\(name): \(fields)") }
        #expect(abs((fields["log_likelihood"] as? Double ?? 0) - (fields["elbo"] as? Double ?? 1)) < 1e-3)
        #expect(
            fields["log_likelihood_is"] as? String == "lower bound" && fields["log_likelihood_upper"] as? Double == 0)
        // More draws make a tighter bound.
        #expect(
            (fields["importance_sampled_log_likelihood_upper"] as? Double ?? -.infinity)
                > (fields["elbo"] as? Double ?? 0))
        #expect(fields["importance_sampled_log_likelihood_is"] as? String == "stochastic lower bound")
        #expect(fields["importance_samples"] as? Int == 8)
        let probes = try #require(fields["probes"] as? [[String: Any]])
        #expect(probes.compactMap { $0["labels"] as? Int } == [100, 10_000])
        #expect(probes[1]["probe_accuracy"] as? Double == fields["probe_accuracy"] as? Double)

        let saved = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: command.path("v/evaluation.json"))))
        #expect((saved as? [String: Any])?["elbo"] as? Double == fields["elbo"] as? Double)
        let page = try String(contentsOfFile: command.path("v/report.html"), encoding: .utf8)
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("<h2>Codes of the test examples</h2>"))
        #expect(page.contains("<td>lower bound</td>") && page.contains("<figcaption><b>Training.</b>"))
        // Whatever it shows is in it.
        #expect(!page.contains("src=\"") || page.contains("src=\"data:image/png;base64,"))
        #expect(!page.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "").contains("http"))
    }

    @Test func annealingTellsBothBounds() throws {
        _ = try command.run(
            "train", "vae", "--data", "sprites", "--hidden", "8", "--latent", "2", "--steps", "5", "--conditional",
            "true",
            "--out", "c")
        let result = try command.run(
            "evaluate", "c", "--only", "likelihood", "--annealing", "20", "--chains", "2", "--annealed-examples", "5",
            "--importance-samples", "2", "--json")
        #expect(result.status == 0, "\(result.error)")
        let fields = result.json
        for name in ["annealed_log_likelihood", "bidirectional_gap_error", "annealing_acceptance"] {
            #expect((fields[name] as? Double)?.isFinite == true, "\(name): \(fields)")
        }
        #expect(fields["annealed_log_likelihood_is"] as? String == "stochastic lower bound")
        #expect(fields["simulated_log_likelihood_from_above_is"] as? String == "stochastic upper bound")
        #expect(fields["annealing_steps"] as? Int == 20 && fields["annealed_examples"] as? Int == 5)
        for (arguments, part) in [
            (["--annealing", "1"], "--annealing 1: expected"), (["--chains", "4"], "--chains 4: is for --annealing"),
            (["--annealing", "9", "--chains", "0"], "--chains 0"),
            (["--annealing", "9", "--only", "metrics"], "section 'likelihood'"),
        ] {
            let refused = try command.finish(command.start(["evaluate", "c"] + arguments))
            #expect(refused.status > 0 && refused.error.contains(part), "\(arguments) \(refused.error)")
        }
        // Its codes depend on classes, which other data may lack.
        #expect(try command.run("encode", "c", "--out", command.path("codes.npy")).status == 0)
        let refused = try command.run("encode", "c", "--data", command.writeData(side: 28))
        #expect(refused.status > 0 && refused.complaint.contains("the data have no labels"), "\(refused.error)")
    }

    @Test func aVectorFieldIsDrawnForPointsOfThePlane() throws {
        _ = try command.run(
            "train", "autoencoder", "--data", "spirals", "--hidden", "32", "--code", "8", "--loss", "squared",
            "--steps", "50", "--out", "s")
        let result = try command.run("evaluate", "s", "--only", "images")
        #expect(result.status == 0 && result.output.contains("s/field.svg"), "\(result.error)")
        let image = try String(contentsOfFile: command.path("s/field.svg"), encoding: .utf8)
        #expect(
            image.components(separatedBy: "<circle").count > 1000
                && image.components(separatedBy: "<path").count > 200)
        #expect(!image.contains("nan"))
    }

    @Test func codesOfTwoNumbersAreDrawn() throws {
        let result = try command.run("train", "pca", "--components", "2", "--data", command.writeData(), "--out", "p")
        #expect(result.status == 0 && result.output.contains("codes.svg"), "\(result.error)")
        let image = try String(contentsOfFile: command.path("p/codes.svg"), encoding: .utf8)
        #expect(image.contains("<circle") && !image.contains("nan"))
        let report = try command.run("evaluate", "p", "--only", "images")
        #expect(report.status == 0 && report.output.contains("p/codes.svg"), "\(report.error)")
    }

    @Test func sectionsThatCannotBeHadAreRefused() throws {
        let data = try command.writeData()
        for (model, out) in [("rbm", "r"), ("gan", "g"), ("autoencoder", "a")] {
            _ = try command.run("train", model, "--data", data, "--epochs", "1", "--out", out)
        }
        for (arguments, part) in [
            (["r", "--only", "probes"], "probes need labels"), (["r", "--only", "factors"], "true factors"),
            (["a", "--only", "likelihood"], "gives examples no probability"),
            (["g", "--only", "codes"], "cannot encode"),
            (["r", "--only", "prbes"], "did you mean 'probes'?"), (["r", "--labels", "many"], "--labels many"),
            (["a", "--bits"], "has no energy"), (["r", "--importance-samples", "9"], "can be drawn"),
            (["g", "--annealing", "9"], "no density of codes"),
            (["r", "--only", "likelihood", "--log-z", "exact"], "more than 25"),
        ] {
            let result = try command.finish(command.start(["evaluate"] + arguments))
            #expect(result.status > 0 && result.output.isEmpty, "\(arguments)")
            #expect(result.error.contains(part), "\(arguments) \(result.error)")
        }
    }
}
