import NonmemFiles
import Testing

@Suite("numbers are written as NONMEM writes them")
struct NonmemNumberTests {
  @Test("parameters have the columns of s1PE12.5, also with exponents of three digits")
  func parameters() {
    #expect(NonmemNumber.parameter(4.247512) == "  4.24751E+00")
    #expect(NonmemNumber.parameter(-4.247512) == " -4.24751E+00")
    #expect(NonmemNumber.parameter(0) == "  0.00000E+00")
    #expect(NonmemNumber.parameter(-0.0) == "  0.00000E+00")
    #expect(NonmemNumber.parameter(1e10) == "  1.00000E+10")
    #expect(NonmemNumber.parameter(1.234567e-120) == " 1.23457E-120")
    #expect(NonmemNumber.parameter(-1.234567e-120) == " -1.2346E-120")
    #expect(NonmemNumber.parameter(9.999996e99) == " 1.00000E+100")
    #expect(NonmemNumber.parameter(.nan) == "          NaN")
    for value in [1.0, -1, 1e-300, -1e-300, 123_456_789, .infinity, -.infinity] {
      #expect(NonmemNumber.parameter(value).utf8.count == 13, "\(value)")
    }
  }

  @Test("tables have the columns of s1PE11.4")
  func tables() {
    #expect(NonmemNumber.table(17.3) == "  1.7300E+01")
    #expect(NonmemNumber.table(-0.00123456) == " -1.2346E-03")
    #expect(NonmemNumber.label("ID", width: 11) == " ID         ")
    #expect(NonmemNumber.label("THETA1") == " THETA1      ")
  }

  @Test("objectives keep all digits")
  func objectives() throws {
    for value in [-1136.9817436489312, 0.1 + 0.2, 1e-9, 123456789.123456789] {
      let text = NonmemNumber.objective(value)
      #expect(Double(text.split(separator: " ")[0]) == value)
      #expect(text.utf8.count == 25)
    }
    #expect(NonmemNumber.objective(.infinity).hasSuffix("1.7976931348623157e+308"))
  }
}
