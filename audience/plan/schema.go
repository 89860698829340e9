// SPDX-License-Identifier: Apache-2.0

package plan

import _ "embed"

// The schema, and docs/reference/plan-fields.md, are made from the tags of
// document.go, forms.go and policy.go.
//
//go:generate go test -run TestSchemaIsCurrent|TestFieldsPageIsCurrent -update .
//go:embed plan.schema.json
var schema []byte

// Schema returns the JSON Schema of plans.
func Schema() []byte { return schema }
