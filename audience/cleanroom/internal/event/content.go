// SPDX-License-Identifier: Apache-2.0

package event

import (
	"io"
	"slices"
	"strings"
	"unicode"
)

// Content are the names of columns that hold what people write to each other.
// They are never opened, whatever a plan or policy says. audience/plan has the
// same list.
var Content = []string{"message_body", "message_text", "message_content", "message", "msg", "text", "body", "content",
	"contents", "subject", "caption", "transcript", "attachment", "attachments", "media", "media_url", "html"}

// Denied tells whether a column may not be opened: it holds messages' content,
// or the owner's policy names it. Spelling does not open it: MessageBody,
// "Message Body" and message-body are one.
func Denied(name string, neverRead []string) bool {
	bare := letters(name)
	is := func(other string) bool { return other == name || bare != "" && letters(other) == bare }
	return slices.ContainsFunc(Content, is) || slices.ContainsFunc(neverRead, is)
}

// letters returns the letters and digits of a name, in lower case.
func letters(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

// watched is how every byte of a Parquet file is read. Tests put a reader there
// that notes which bytes are asked for.
var watched = func(file io.ReaderAt) io.ReaderAt { return file }
