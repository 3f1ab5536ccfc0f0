import DataPartition
import FoundationEssentials
import Mustache

/// The page: one file with everything in it, which asks for nothing from anywhere.
///
/// Its policy allows pictures that are part of it, and this style and this script by their digests;
/// so a text that should find its way into the page as code would not run.
struct Page {
  let content: PageContent

  func html() throws -> [UInt8] {
    MustacheContentTypes.register(PageText(), named: "POPMIX")
    let style = String(decoding: PackageResources.style_css, as: UTF8.self)
    let script = String(decoding: PackageResources.sort_js, as: UTF8.self)
    let template = try MustacheTemplate(
      string: String(decoding: PackageResources.page_mustache, as: UTF8.self))
    let policy =
      "default-src 'none'; img-src data:; style-src 'sha256-\(Self.digest(style))'; "
      + "script-src 'sha256-\(Self.digest(script))'; base-uri 'none'; form-action 'none'"
    let context: [String: Any] = [
      "title": content.title, "lead": content.lead, "notices": content.notices,
      "blocks": content.blocks, "footer": content.footer, "contents": contents, "style": style,
      "script": script, "policy": policy,
    ]
    return Array(template.render(context).utf8)
  }

  private struct Entry {
    var level: Int
    var target: String
    var label: String
  }

  private var contents: [Entry] {
    content.blocks.flatMap { block in
      [Entry(level: 1, target: block.blockID, label: block.blockTitle)]
        + block.parts.map { Entry(level: 2, target: $0.partID, label: $0.partTitle) }
    }
  }

  /// SHA-256 in base 64, as policies have it.
  private static func digest(_ text: String) -> String {
    let digest = FileDigest()
    Array(text.utf8).withUnsafeBytes { digest.add($0) }
    var rest = digest.hexadecimal()[...]
    var bytes: [UInt8] = []
    while !rest.isEmpty {
      bytes.append(UInt8(rest.prefix(2), radix: 16)!)
      rest = rest.dropFirst(2)
    }
    return Data(bytes).base64EncodedString()
  }
}

/// Texts in HTML, also between double quotes.
///
/// Mustache's own way looks at characters, of which `<` with an accent on it is another one than
/// `<`; a browser looks at code points. Controls and marks that turn the direction of a text are
/// shown as such.
package struct PageText: MustacheContentType {
  package init() {}

  package func escapeText(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": bytes += "&amp;".utf8
      case "<": bytes += "&lt;".utf8
      case ">": bytes += "&gt;".utf8
      case "\"": bytes += "&quot;".utf8
      case "'": bytes += "&#39;".utf8
      case "`": bytes += "&#96;".utf8
      case "\n", "\t": bytes.append(UInt8(scalar.value))
      default:
        let isStrange =
          scalar.properties.generalCategory == .control
          || ("\u{202A}"..."\u{202E}").contains(scalar)
          || ("\u{2066}"..."\u{2069}").contains(scalar)
        bytes += UTF8.encode(isStrange ? "\u{FFFD}" : scalar)!
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
