// SPDX-License-Identifier: Apache-2.0

// Package audience runs a build: reserve budget, count in the clean room,
// publish with noise, write what was released. Explain tells what a build
// would cost and how far off its numbers would be, and reads no row.
//
// A build is charged once and releases once. It ends released, or failed with
// a fixed code; what it says on the way holds no count and no person.
package audience
