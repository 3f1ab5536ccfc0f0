/// Bytes as text, whatever their encoding.
///
/// UTF-8 where they are UTF-8; else each byte is a character of Windows-1252, which has all
/// printable characters of Latin-1: old files have a µ, a degree sign or a dash in comments, names
/// and IDs. The five bytes that mean nothing there become `�`.
package func plainText(_ bytes: some Collection<UInt8>) -> String {
  if let text = String(validating: bytes, as: UTF8.self) { return text }
  var text = String.UnicodeScalarView()
  for byte in bytes { text.append(windows1252(byte)) }
  return String(text)
}

/// The characters of Windows-1252 from 0x80 to 0x9F, where Latin-1 has control characters.
private let windowsCharacters: [Unicode.Scalar] = [
  "€", "\u{FFFD}", "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", "\u{FFFD}", "Ž",
  "\u{FFFD}", "\u{FFFD}", "‘", "’", "“", "”", "•", "–", "—", "˜", "™", "š", "›", "œ", "\u{FFFD}",
  "ž", "Ÿ",
]

private func windows1252(_ byte: UInt8) -> Unicode.Scalar {
  (0x80..<0xA0).contains(byte) ? windowsCharacters[Int(byte) - 0x80] : Unicode.Scalar(byte)
}
