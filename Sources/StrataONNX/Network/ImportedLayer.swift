import StrataBackend
import StrataGraph
import StrataNN

/// A graph of another program's as a layer, whose parameters have the names that they have in its file.
///
/// Batch normalization is as after training, in training too: its running averages are buffers that stay as they are.
struct ImportedLayer: Layer {
    let graph: ImportedGraph

    /// [batch, features] → [batch, width]
    func callAsFunction(_ x: Tensor, _ pass: inout Pass) -> Tensor {
        if x.isInvalid { return x }
        var weights: [String: Tensor] = [:]
        for info in graph.parameters { weights[info.name] = pass.parameter(info.name, info.shape ?? [], .zeros) }
        for info in graph.buffers { weights[info.name] = pass.buffer(info.name, info.shape ?? [], .zeros) }
        do {
            let rows = x.reshape(Shape([x.extent(0)] + graph.rowShape.extents))
            return try graph.output(of: rows, weights).flattened()
        } catch { return pass.invalid("\(error)") }
    }
}
