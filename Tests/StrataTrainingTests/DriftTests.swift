import StrataBackend
import StrataData
import StrataModels
import StrataNN
import StrataSIMD
import Testing

@testable import StrataEvaluation

/// Detectors of drift, and classifiers along a stream.
@Suite struct DriftTests {
    /// Alarms on errors of a probability that may change, and the numbers after which they came.
    private func alarms(
        _ detector: any DriftDetector, seed: UInt32, count: Int, _ probability: (Int) -> Double
    ) -> [(after: Int, change: DriftChange)] {
        var (detector, alarms): (any DriftDetector, [(Int, DriftChange)]) = (detector, [])
        for place in 0..<count {
            let draw = Threefry.uniform(Threefry.block(key: (seed, 77), counter: (UInt32(place), 0)).0)
            let change = detector.add(Double(draw) < probability(place) ? 1 : 0)
            if change != .none { alarms.append((place, change)) }
        }
        return alarms
    }

    /// Of ten stationary streams of 4,000 numbers, and a jump from .2 to .5 after 1,000.
    @Test func adaptiveWindowsFollowAMean() {
        let errors = (0..<10).reduce(0) {
            $0 + alarms(AdaptiveWindow(), seed: UInt32($1), count: 4000) { _ in 0.2 }.count
        }
        #expect(errors <= 2, "\(errors)")
        for seed in UInt32(0)..<10 {
            let jump = alarms(AdaptiveWindow(), seed: seed, count: 2000) { $0 < 1000 ? 0.2 : 0.5 }
                .first { $0.after >= 1000 }
            #expect(jump?.change == .rise && (jump?.after ?? 9999) < 1200, "\(seed) \(String(describing: jump))")
        }
        let fall = alarms(AdaptiveWindow(), seed: 3, count: 3000) { $0 < 1500 ? 0.6 : 0.1 }
        #expect(fall.first?.change == .fall && (1500..<1650).contains(fall.first?.after ?? 0))
        // The window forgets what was before.
        var window = AdaptiveWindow()
        for place in 0..<4000 { _ = window.add(place < 3000 ? 0 : 1) }
        #expect(window.mean > 0.99 && (900...1100).contains(window.count), "\(window.mean) \(window.count)")
        // A constant stream is kept whole.
        var constant = AdaptiveWindow()
        for _ in 0..<5000 { #expect(constant.add(1) == .none) }
        #expect(constant.count == 5000 && constant.mean == 1)
    }

    /// A rise by Δ is told after about threshold / (Δ − tolerance), as far as the sum has not risen before by chance.
    @Test func pageHinkley() {
        let errors = (0..<10).reduce(0) { $0 + alarms(PageHinkley(), seed: UInt32($1), count: 4000) { _ in 0.2 }.count }
        #expect(errors <= 3, "\(errors)")
        for seed in UInt32(0)..<10 {
            let jump = alarms(PageHinkley(), seed: seed, count: 4000) { $0 < 3000 ? 0.2 : 0.5 }.first {
                $0.after >= 3000
            }
            #expect((3040..<3300).contains(jump?.after ?? 0), "\(seed) \(String(describing: jump))")
        }
        // Without noise: zeros, then ones. After k ones the mean is k / (n + k) and the sum less than k.
        var (detector, alarm) = (PageHinkley(tolerance: 0.1, threshold: 5), 0)
        for place in 0..<2000 where alarm == 0 && detector.add(place < 1000 ? 0 : 1) == .rise { alarm = place - 999 }
        #expect(alarm == 6)
        // A fall is none of its business.
        #expect(alarms(PageHinkley(), seed: 1, count: 3000) { $0 < 1500 ? 0.6 : 0.1 }.isEmpty)
    }

    private func evaluation(_ settings: [String: String] = ["hidden": "16"]) throws -> PrequentialEvaluation {
        let description = try Zoo.builtIn["classifier"]
        var evaluation = PrequentialEvaluation(
            Contestant(description, try Hyperparameters(description.hyperparameters, settings), steps: 200))
        (evaluation.warmup, evaluation.window, evaluation.batch) = (400, 400, 50)
        return evaluation
    }

    /// The rule turns round in the middle: who learns follows, who is frozen is wrong from there on.
    @Test func policiesAlongAStream() throws {
        let backend = try SIMDBackend(configuration: BackendConfiguration())
        let (before, after) = (SEAConcepts(thresholds: [8, 3], noise: 0), 2000)
        let stream = try before.dataSet(train: 2 * after, test: 0, seed: 1).train
        let evaluation = try evaluation()
        func course(_ policy: PrequentialEvaluation.Policy) throws -> PrequentialEvaluation.Course {
            try #require(
                try evaluation.run(policy, on: stream, name: "stream", backend: backend, seed: 0))
        }
        let frozen = try course(.frozen)
        let (warm, restarted) = (try course(.warmStarted), try course(.restarted))
        #expect(frozen.isRight.count == 2 * after - 400)
        func parts(_ course: PrequentialEvaluation.Course) -> (Double, Double) {
            (course.accuracies(parts: 9)[3], course.accuracies(parts: 9)[8])
        }
        // The old rule is wrong about 8²/200 − 3²/200 = .275.
        #expect(parts(frozen).0 > 0.93 && abs(parts(frozen).1 - 0.725) < 0.07, "\(parts(frozen))")
        #expect(parts(warm).0 > 0.93 && parts(warm).1 > 0.9, "\(parts(warm))")
        #expect(parts(restarted).1 > 0.88 && !restarted.restarts.isEmpty, "\(parts(restarted)) \(restarted.restarts)")
        #expect(restarted.restarts.allSatisfy { $0 > 2000 } && frozen.restarts.isEmpty)
        #expect(try course(.restarted) == restarted)
        // It ends where it is told to.
        #expect(
            try evaluation.run(.warmStarted, on: stream, name: "", backend: backend, seed: 0) { $0 < 1000 } == nil)
    }

    @Test func baselinesByHand() throws {
        var evaluation = try evaluation()
        evaluation.warmup = 2
        let found = evaluation.baselines([1, 0, 0, 0, 1, 1])
        #expect(found.noChange.isRight == [true, true, false, true])
        // 1 and 0 once each: the first class; then 0 more often.
        #expect(found.majority.isRight == [true, true, false, false])
    }

    @Test func whatCannotBeIsTold() throws {
        let backend = try SIMDBackend(configuration: BackendConfiguration())
        let stream = try SEAConcepts().dataSet(train: 500, test: 0).train
        func kind(_ change: (inout PrequentialEvaluation) -> Void) throws -> StrataError.Kind? {
            var evaluation = try evaluation()
            change(&evaluation)
            let changed = evaluation
            let error = #expect(throws: StrataError.self) {
                _ = try changed.run(.frozen, on: stream, name: "stream", backend: backend, seed: 0)
            }
            return error?.kind
        }
        #expect(try kind { $0.batch = 0 } == .usage)
        #expect(try kind { $0.warmup = 500 } == .usage)
        #expect(try kind { $0.model.steps = 0 } == .usage)
        let bare = try stream.subset([3, 1, 2])
        #expect(
            try DriftExperiment.stream(of: bare, by: "time")["time"]?.values(0..<3) == [1, 2, 3])
        #expect(throws: StrataError.self) { try DriftExperiment.stream(of: bare, by: "moment") }
        #expect(throws: StrataError.self) { try DriftExperiment.stream(of: bare, by: "example") }
    }
}
