// SPDX-License-Identifier: Apache-2.0

package event

import (
	"slices"
	"strings"
)

// Content are the names of columns that hold what people write to each other.
// They are never opened, whatever a plan or policy says.
var Content = []string{
	"attachment", "attachments", "body", "caption", "chat_text", "comment_text", "content", "draft",
	"email_body", "mail_body", "message", "message_body", "message_content", "message_text", "msg_body", "msg_text",
	"post_text", "raw_text", "reply_text", "sms_body", "sms_text", "subject", "text", "transcript",
}

// Denied tells whether a column may not be opened: it holds messages' content,
// or the owner's policy names it.
func Denied(name string, neverRead []string) bool {
	is := func(other string) bool { return strings.EqualFold(strings.TrimSpace(name), other) }
	return slices.ContainsFunc(Content, is) || slices.ContainsFunc(neverRead, is)
}
