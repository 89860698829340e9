// SPDX-License-Identifier: Apache-2.0

// Package identity says what a person's key is: canonical text.
package identity
