// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"strings"

	"github.com/urfave/cli/v2"
)

//go:embed completion/bash
var bashCompletion string

//go:embed completion/zsh
var zshCompletion string

func completionCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "completion",
		Usage:     "a script that completes commands and flags in a shell",
		ArgsUsage: "bash|zsh|fish",
		Description: `bash:  throng completion bash > ~/.local/share/bash-completion/completions/throng
zsh:   throng completion zsh > "${fpath[1]}/_throng"
fish:  throng completion fish > ~/.config/fish/completions/throng.fish`,
	}, func(s *session) error {
		shell, err := s.argument("bash, zsh or fish")
		if err != nil {
			return err
		}
		switch shell {
		case "bash":
			return writeText(s.out, []byte(bashCompletion))
		case "zsh":
			return writeText(s.out, []byte(zshCompletion))
		case "fish":
			script, err := s.App.ToFishCompletion()
			if err != nil {
				return err
			}
			return writeText(s.out, []byte(strings.TrimSpace(script)))
		}
		return usage("completion is for bash, zsh or fish, not %s", quote(shell))
	})
}
