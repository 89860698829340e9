// SPDX-License-Identifier: Apache-2.0

// Package audience runs a build: reserve budget, count in the clean room,
// publish with noise, write what was released.
package audience
