#if OpenCL
import StrataBackend
import StrataReference
import Testing

@testable import StrataOpenCL

struct Generator { var s: UInt64
  mutating func next() -> UInt64 { s = s &* 6364136223846793005 &+ 1442695040888963407; return s >> 33 }
  mutating func below(_ n: Int) -> Int { Int(next() % UInt64(n)) }
  mutating func pick<T>(_ a: [T]) -> T { a[below(a.count)] }
}
/// A random operand over extents; slots 1 float 2 int 3 uchar; each of 200000 elements.
func operand(_ g: inout Generator, _ extents: [Int], gather: Bool) -> Operand {
  let dtype = g.pick(DType.allCases)
  let slot = dtype == .float32 ? 1 : dtype == .int32 ? 2 : 3
  // dense strides in random order
  var order = Array(extents.indices); if g.below(2) == 0 { order.reverse() } else if g.below(3) == 0 { order.shuffle() }
  var strides = [Int](repeating: 0, count: extents.count); var s = 1, off = g.below(5)
  for d in order { if g.below(5) == 0 { continue }; strides[d] = s; s *= extents[d]; if g.below(6) == 0, extents[d] > 0 { off += strides[d]*(extents[d]-1); strides[d] = -strides[d] } ; if g.below(8)==0 { s *= 2 } }
  if extents.contains(0) { off = 0 }
  var o = Operand(slot: slot, dtype: dtype, offset: off, strides: strides)
  if gather, g.below(4) == 0, let d = extents.indices.filter({ strides[$0] > 0 }).randomElement() {
    o.indirection = Indirection(dimension: d, slot: 4, offset: g.below(3), rowCount: max(1, extents[d]))
  }
  return o
}
func expression(_ g: inout Generator, _ extents: [Int], accumulator: Bool, gather: Bool) -> Expression {
  var e = Expression()
  if accumulator { _ = e.append(.accumulator) }
  for _ in 0..<(1 + g.below(3)) { _ = e.load(operand(&g, extents, gather: gather)) }
  if g.below(3) == 0 { _ = e.append(.constant(Float(g.below(100)) * 0.37 - 5)) }
  func acc() -> Access { Access(offset: g.below(10), strides: extents.map { _ in g.pick([0,1,3,-1,100]) }) }
  if g.below(3) == 0 { _ = e.append(.iota(acc())) }
  if g.below(3) == 0 { _ = e.append(.random(Draw(distribution: g.pick([.uniform, .normal]), stream: UInt32(g.below(9)), key: Operand(slot: 2, dtype: .int32, offset: g.below(4), strides: []), counter: acc()))) }
  for _ in 0..<(1 + g.below(5)) {
    let n = e.instructions.count
    switch g.below(4) {
    case 0: _ = e.append(.unary(g.pick([.negate, .absolute, .sign, .floor, .relu, .tanh, .sigmoid, .squareRoot, .isFinite]), g.below(n)))
    case 1: _ = e.append(.select(g.below(n), g.below(n), g.below(n)))
    default: _ = e.append(.binary(g.pick([.add, .subtract, .multiply, .maximum, .minimum, .less, .lessOrEqual, .equal, .notEqual]), g.below(n), g.below(n)))
    }
  }
  return e
}
func stores(_ g: inout Generator, _ extents: [Int], _ e: Expression) -> [Store] {
  (0..<(1 + g.below(2))).map { i in
    let dtype = g.below(4) == 0 ? g.pick(DType.allCases) : .float32
    var order = Array(extents.indices); if g.below(3) == 0 { order.shuffle() }
    var strides = [Int](repeating: 0, count: extents.count); var s = g.below(6) == 0 ? 2 : 1
    for d in order.reversed() { strides[d] = s; s *= extents[d] }
    return Store(value: e.instructions.count - 1 - i, target: Operand(slot: 5 + i, dtype: dtype, offset: g.below(7), strides: strides))
  }
}
func randomKernel(_ g: inout Generator) -> Kernel {
  func extents(_ n: Int, _ limit: Int) -> [Int] { while true { let e = (0..<n).map { _ in g.pick([1, 1, 2, 3, 5, 10, 15, 16, 17, 33, 64, 100, 257, 1000]) }; if e.reduce(1,*) <= limit { return g.below(40) == 0 ? e.map { $0 == 2 ? 0 : $0 } : e } } }
  switch g.below(3) {
  case 0: let x = extents(1 + g.below(4), 20000); let e = expression(&g, x, accumulator: false, gather: true); return .map(Map(extents: x, expression: e, stores: stores(&g, x, e)))
  case 1: let k = extents(1 + g.below(3), 2000), r = extents(1 + g.below(3), 40000 / max(1, k.reduce(1,*)));
    let p = expression(&g, k + r, accumulator: false, gather: true), e = expression(&g, k, accumulator: true, gather: false)
    return .reduce(Reduce(kept: k, reduced: r, combiner: g.pick([.sum, .maximum, .minimum]), prologue: p, epilogue: e, stores: stores(&g, k, e)))
  default: while true {
    let s = (0..<4).map { _ in g.pick([0, 1, 2, 3, 5, 8, 15, 16, 17, 31, 33, 65, 100, 130, 300]) }, b = g.pick([1, 1, 1, 3])
    if s[0]*s[1]*s[2]*b > 1_000_000 { continue }
    let x = [b, s[0], s[1]], e = expression(&g, x, accumulator: true, gather: false)
    var l = operand(&g, [b, s[0], s[2]], gather: false), r = operand(&g, [b, s[2], s[1]], gather: false)
    l.slot = 1; l.dtype = .float32; r.slot = 1; r.dtype = .float32
    return .contract(Contract(batch: b, m: s[0], n: s[1], k: s[2], lhs: l, rhs: r, epilogue: e, stores: stores(&g, x, e)))
  } }
}
@Test(.enabled(if: device != nil), arguments: Kind.allCases) func fuzz(_ kind: Kind) throws {
  let backend = try kind.backend(), oracle = ReferenceBackend()
  var g = Generator(s: UInt64.random(in: 0...99999))
  let n = 300_000
  let memory: [[UInt8]] = [[], bytes((0..<n).map { Float($0 % 97) * 0.03 - 1.2 }), bytes((0..<n).map { Int32($0 % 31) - 9 }), bytes((0..<n).map { UInt8($0 % 251) }), bytes((0..<n).map { Int32(truncatingIfNeeded: ($0 &* 7919) % 41) - 3 }), bytes([Float](repeating: 0, count: n)), bytes([Float](repeating: 0, count: n))]
  for round in 0..<12 {
    var kernels: [Kernel] = []
    while kernels.count < 8 { 
        let k = randomKernel(&g)
        let p = Program(slots: memory.map { .init(name: "s", byteCount: $0.count) }, kernels: [k], labels: ["x"])
        if (try? p.check()) != nil { kernels.append(k) } }
    for k in kernels where round < 2 || true {
      _ = k
    }
    // one program each so that failures name the kernel, all on one prepare of slots
    let outs = try runEach(kernels, memory, on: backend), expected = try runEach(kernels, memory, on: oracle)
    for (i, k) in kernels.enumerated() {
      for slot in [5, 6] {
        let (a, b) = (outs[i][slot - 5], expected[i][slot - 5])
        if a == b { continue }
        let fa: [Float] = values(a), fb: [Float] = values(b)
        let ia = values(a, as: Int32.self), ib = values(b, as: Int32.self)
        var bad = 0; var first = -1
        let targets: [Store] = switch k { case .map(let m): m.stores; case .reduce(let r): r.stores; case .contract(let c): c.stores; default: [] }
        let dtype = targets.first { $0.target.slot == slot }?.target.dtype ?? .float32
        if dtype == .float32 {
          for j in fa.indices where !(fa[j] == fb[j] || fa[j].isNaN && fb[j].isNaN || abs(fa[j] - fb[j]) <= 2e-4 + 3e-5 * abs(fb[j])) { bad += 1; if first < 0 { first = j } }
          if bad > 3 { Issue.record("round \(round) kernel \(i) slot \(slot): \(bad) bad, [\(first)] \(fa[first]) vs \(fb[first])\n\(k)") }
        } else if dtype == .int32 {
          for j in ia.indices where ia[j] != ib[j] { bad += 1; if first < 0 { first = j } }
          if bad > 3 { Issue.record("round \(round) kernel \(i) slot \(slot): \(bad) bad ints, [\(first)] \(ia[first]) vs \(ib[first])\n\(k)") }
        } else {
          for j in a.indices where a[j] != b[j] { bad += 1; if first < 0 { first = j } }
          if bad > 3 { Issue.record("round \(round) kernel \(i) slot \(slot): \(bad) bad bytes, [\(first)] \(a[first]) vs \(b[first])\n\(k)") }
        }
      }
    }
  }
}
func runEach(_ kernels: [Kernel], _ memory: [[UInt8]], on backend: any Backend) throws -> [[[UInt8]]] {
  // The stores of kernel i go to slots 5+2i and 6+2i, so that one program holds all.
  let n = memory[5].count
  let slots = memory[0..<5].map { $0 } + kernels.flatMap { _ in [memory[5], memory[6]] }
  _ = n
  let moved: [Kernel] = kernels.enumerated().map { i, k in
    func mv(_ s: [Store]) -> [Store] { s.map { var s = $0; s.target.slot += 2 * i; return s } }
    switch k {
    case .map(var m): m.stores = mv(m.stores); return .map(m)
    case .reduce(var m): m.stores = mv(m.stores); return .reduce(m)
    case .contract(var m): m.stores = mv(m.stores); return .contract(m)
    default: return k
    }
  }
  let out = try run(moved, slots, on: backend)
  return kernels.indices.map { [out[5 + 2 * $0], out[6 + 2 * $0]] }
}
#endif
