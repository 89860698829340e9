// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"
)

//go:embed completion/bash
var bashCompletion string

//go:embed completion/zsh
var zshCompletion string

//go:embed completion/fish
var fishCompletion string

func completionCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "completion",
		Usage:     "a script that completes commands, flags, releases and audiences in a shell",
		ArgsUsage: "bash|zsh|fish",
		Description: `bash:  throng completion bash > ~/.local/share/bash-completion/completions/throng
zsh:   throng completion zsh > "${fpath[1]}/_throng"
fish:  throng completion fish > ~/.config/fish/completions/throng.fish`,
	}, func(s *session) error {
		shell, err := s.argument("bash, zsh or fish")
		if err != nil {
			return err
		}
		script := ""
		switch shell {
		case "bash":
			script = bashCompletion
		case "zsh":
			script = zshCompletion
		case "fish":
			script = fishCompletion
		default:
			return notOne("", shell, []string{"bash", "zsh", "fish"}, "completion is for bash, zsh or fish, not %s", quote(shell))
		}
		return s.print(completionJSON{shell, script}, func(w io.Writer) { fmt.Fprint(w, script) })
	})
}

// A completionJSON is a completion script for programs.
type completionJSON struct {
	Shell  string `json:"shell" jsonschema:"enum=bash,enum=zsh,enum=fish"`
	Script string `json:"script"`
}
