public import StrataBackend
public struct DataSplit: Sendable {
    public var examples: [UInt8]
    public var dtype: DType
    public var exampleShape: Shape
    public var count: Int
    public var labels: [Int32]?
    public var scale: Float
    public init(examples: [UInt8], dtype: DType, exampleShape: Shape, count: Int, labels: [Int32]?, scale: Float) {
        self.examples = examples; self.dtype = dtype; self.exampleShape = exampleShape; self.count = count; self.labels = labels; self.scale = scale
    }
    public var featureCount: Int { exampleShape.elementCount }
}
public struct DataSet: Sendable {
    public var name: String
    public var train: DataSplit, test: DataSplit
    public init(name: String, train: DataSplit, test: DataSplit) { self.name = name; self.train = train; self.test = test }
}
