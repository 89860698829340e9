// SPDX-License-Identifier: Apache-2.0

package match

import _ "embed"

//go:embed rules.schema.json
var schema []byte

// Schema returns the JSON Schema of rules.json.
func Schema() []byte { return schema }
