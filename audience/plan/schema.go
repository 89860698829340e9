// SPDX-License-Identifier: Apache-2.0

package plan

import _ "embed"

// The schema is made from the tags of document.go and forms.go.
//
//go:generate go test -run TestSchemaIsCurrent -update .
//go:embed plan.schema.json
var schema []byte

// Schema returns the JSON Schema of plans.
func Schema() []byte { return schema }
