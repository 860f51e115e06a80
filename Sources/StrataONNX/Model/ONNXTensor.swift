package import StrataBackend

/// An array as a model's file holds it: an initializer, an attribute, an example of a test.
package struct ONNXTensor: Sendable, Hashable {
    /// The elements in row-major order. Floats of any width are held in single precision, truth values as 0 and 1.
    package enum Elements: Sendable, Hashable {
        case floats([Float])
        case integers([Int])
        case strings([String])
    }

    package var type: ElementType
    package var shape: Shape
    package var elements: Elements

    /// Nothing is checked: there must be as many elements as the shape has.
    package init(_ type: ElementType, _ shape: Shape, _ elements: Elements) {
        self.type = type
        self.shape = shape
        self.elements = elements
    }

    package init(_ values: [Float], _ shape: Shape) { self.init(.float32, shape, .floats(values)) }
    package init(_ values: [Int], _ shape: Shape, _ type: ElementType = .int64) {
        self.init(type, shape, .integers(values))
    }

    var count: Int { shape.elementCount }

    /// The elements as floats, whole numbers rounded to the nearest.
    package var floats: [Float] {
        switch elements {
        case .floats(let values): values
        case .integers(let values): values.map(Float.init)
        case .strings: []
        }
    }

    /// The elements as whole numbers; `nil` where they are none.
    package var integers: [Int]? {
        if case .integers(let values) = elements { values } else { nil }
    }
}
