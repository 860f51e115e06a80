import StrataBackend
import StrataConformance
import StrataReference
import Testing

@Suite struct SuiteTests {
    /// Known answers and properties hold the oracle itself; the rest holds the suite to well-formed programs.
    @Test func theReferencePassesAll() {
        let report = Conformance.run(on: ReferenceBackend())
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.counts().split == 0)
        #expect(report.counts().passed > 400)
    }

    @Test func namesAreUnique() {
        let names = Conformance.kernelCases.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func whatABackendDoesNotTakeIsSplit() {
        let isProduct: @Sendable (Kernel) -> Bool = { if case .contract = $0 { true } else { false } }
        let products = FaultyBackend(supporting: isProduct) { [$0] }
        let report = Conformance.run(on: products, modes: [.correctness, .support])
        #expect(report.failures.isEmpty)
        let contract = report.counts(group: "contract", mode: .support)
        #expect(contract.passed > 50 && contract.split == 0)
        let convolve = report.counts(group: "convolve")
        #expect(convolve.passed == 0 && convolve.split > 50)
    }

    @Test func speedIsMeasured() throws {
        let report = Conformance.run(on: ReferenceBackend(), modes: [.speed], filter: "map/speed/add/65536")
        #expect(report.entries.count == 1)
        guard case .measured(let measured)? = report.entries.first?.outcome else {
            Issue.record("not measured: \(report)")
            return
        }
        #expect(measured.seconds > 0 && measured.bytes == 12 * 65536)
        #expect(abs(measured.gigabytesPerSecond * measured.seconds * 1e9 - measured.bytes) < 1)
    }

    /// A case of one's own runs beside ours, and what it throws is a failure.
    @Test func casesCanBeAdded() {
        struct Throwing: ConformanceCase {
            let name = "mine/throws"
            let modes = [ConformanceMode.gradient]
            func run(_ mode: ConformanceMode, on backend: any Backend) throws -> ConformanceOutcome {
                throw StrataError(.device, "the device is on fire")
            }
        }
        var seen: [String] = []
        let report = Conformance.run(
            on: ReferenceBackend(), cases: Conformance.kernelCases + [Throwing()], modes: [.gradient]
        ) { seen.append($0.name) }
        #expect(seen == ["mine/throws"])
        #expect(report.failures.first?.outcome == .failed("threw: the device is on fire"))
        #expect(report.description.contains("FAILED mine/throws (gradient): threw: the device is on fire"))
    }

    @Test func theTableCountsByGroup() {
        let report = Conformance.run(on: ReferenceBackend(), filter: "scatter-add/")
        #expect(
            report.description == """
                reference: scalar loops on the host, 1 thread

                correctness     passed  failed   split
                scatter-add         19       0       0
                total               19       0       0
                """)
    }
}

/// Each fault is found, in the cases that look for it.
@Suite struct FaultTests {
    private func failures(
        _ filter: String, _ fault: @escaping @Sendable (Kernel) -> [Kernel]
    ) -> (failed: Int, passed: Int, first: String) {
        let report = Conformance.run(on: FaultyBackend(fault), filter: filter)
        var first = ""
        if case .failed(let message)? = report.failures.first?.outcome { first = message }
        return (report.failures.count, report.counts().passed, first)
    }

    @Test(arguments: ["map/extents", "reduce/sum", "contract/NN", "convolve/"], [1, -100_000])
    func aWriteOutsideIsSeen(filter: String, step: Int) {
        // Upward the element after the last; downward, what is refused by the oracle's own check as out of bounds.
        let found = failures(filter) { $0.straying(by: step) }
        #expect(found.failed > 10)
        #expect(found.first.contains(step == 1 ? "outside of every output" : "threw: kernel"))
    }

    @Test func aWriteIntoAGapIsSeen() {
        #expect(failures("map/store/step-3") { $0.straying(by: -1) }.first.contains("which no store names"))
    }

    @Test(arguments: ["map/extents", "gather/", "reduce/sum", "contract/", "convolve/"])
    func anErrorOfAThousandthIsSeen(filter: String) {
        let found = failures(filter) { [$0.adding(1e-3)] }
        #expect(found.failed > found.passed)
        #expect(found.first.contains("differ"))
    }

    @Test func oneWrongBitInADrawIsSeen() {
        let found = failures("draw/") {
            [
                $0.adding(0x1p-24) {
                    if case .random(let draw) = $0 { draw.distribution == .uniform } else { false }
                }
            ]
        }
        #expect(found.failed >= 13)
        // Normal draws, whose last bit is free, are let through.
        #expect(found.passed >= 13)
    }

    @Test func aStreamForAnotherIsSeen() {
        let found = failures("draw/normal") { kernel in
            [
                kernel.rewritten { expression, _ in
                    for (i, instruction) in expression.instructions.enumerated() {
                        guard case .random(var draw) = instruction else { continue }
                        draw.stream ^= 1
                        expression.instructions[i] = .random(draw)
                    }
                }
            ]
        }
        #expect(found.failed >= 10)
    }

    /// One function for another that differs at its edges alone.
    @Test(
        arguments: [
            (.round, "function/round/"), (.relu, "function/relu/edges"),
            (.exponentialMinusOne, "function/exponentialMinusOne/"),
            (.logarithmOnePlus, "function/logarithmOnePlus/"), (.sign, "function/sign/edges"),
        ] as [(Unary, String)])
    func aCarelessFunctionIsSeen(function: Unary, filter: String) {
        let found = failures(filter) { kernel in
            [
                kernel.rewritten { expression, stores in
                    guard case .unary(function, let x) = expression.instructions[1] else { return }
                    let (zero, one) = (expression.append(.constant(0)), expression.append(.constant(1)))
                    switch function {
                    case .round:
                        let half = expression.append(.constant(0.5))
                        stores[0].value = expression.append(.unary(.floor, expression.append(.binary(.add, x, half))))
                    case .relu:
                        let positive = expression.append(.binary(.less, zero, x))
                        stores[0].value = expression.append(.select(positive, x, zero))
                    case .sign:
                        let (positive, negative) = (
                            expression.append(.binary(.less, zero, x)), expression.append(.binary(.less, x, zero))
                        )
                        stores[0].value = expression.append(.binary(.subtract, positive, negative))
                    case .exponentialMinusOne:
                        let power = expression.append(.unary(.exponential, x))
                        stores[0].value = expression.append(.binary(.subtract, power, one))
                    default:
                        stores[0].value = expression.append(
                            .unary(.logarithm, expression.append(.binary(.add, x, one))))
                    }
                }
            ]
        }
        #expect(found.failed >= 1)
    }

    @Test func anExtremumThatLosesNotANumberIsSeen() {
        let found = failures("function/maximum") { kernel in
            [
                kernel.rewritten { expression, stores in
                    guard case .binary(.maximum, let a, let b) = expression.instructions[2] else { return }
                    let isLess = expression.append(.binary(.less, a, b))
                    stores[0].value = expression.append(.select(isLess, b, a))
                }
            ]
        }
        #expect(found.failed == 1 && found.passed == 1)
    }

    @Test func aSumThatForgetsItsLastTermIsSeen() {
        let found = failures("contract/") { kernel in
            guard case .contract(var contract) = kernel else { return [kernel] }
            contract.k[0] = max(contract.k[0] - 1, 0)
            return [.contract(contract)]
        }
        #expect(found.failed > 80)
    }

    @Test func aShiftedWindowIsSeen() {
        let found = failures("convolve/") { kernel in
            guard case .convolve(var convolve) = kernel else { return [kernel] }
            convolve.window.paddingLow[1] += 1
            return [.convolve(convolve)]
        }
        #expect(found.failed > 25)
    }

    @Test func turnedVectorsAreSeen() {
        let found = failures("decompose/") { kernel in
            guard case .decompose(let decompose) = kernel else { return [kernel] }
            let (output, count) = (decompose.output, decompose.output.shape.elementCount)
            let all = Operand(slot: output.slot, dtype: .float32, offset: output.offset, strides: [1])
            var expression = Expression()
            let turned = expression.append(.unary(.negate, expression.load(all)))
            return [
                kernel,
                .map(Map(extents: [count], expression: expression, stores: [Store(value: turned, target: all)])),
            ]
        }
        #expect(found.failed > 15)
    }

    @Test func aGatherThatIgnoresItsIndicesIsSeen() {
        let found = failures("gather/") { kernel in
            guard case .map(var map) = kernel else { return [kernel] }
            for i in map.expression.operands.indices {
                guard var lookup = map.expression.operands[i].indirection else { continue }
                lookup.rowCount = 1
                map.expression.operands[i].indirection = lookup
            }
            return [.map(map)]
        }
        #expect(found.failed >= 8)
    }

    @Test func anEpilogueThatIsNotRunIsSeen() {
        let found = failures("contract/fused") { kernel in
            [
                kernel.rewritten { _, stores in
                    for i in stores.indices { stores[i].value = 0 }
                }
            ]
        }
        #expect(found.failed >= 7)
    }

    @Test func runsThatDifferWithinToleranceAreSeen() {
        let report = Conformance.run(on: WaveringBackend { [$0.adding(0x1p-24)] }, filter: "function/sigmoid/domain0")
        #expect(report.failures.count == 1)
        #expect(report.description.contains("two runs from the same bytes"))
    }

    @Test func dirtyBuffersAreSeen() {
        #expect(Conformance.run(on: DirtyBackend(), filter: "memory/new-is-zero").failures.count == 1)
    }
}
