// SPDX-License-Identifier: Apache-2.0

package pgtest

import (
	"bytes"
	"fmt"
	"net"
	"sync"
	"testing"
)

// A Proxy stands between a client and the server, and can cut the line at a
// commit.
type Proxy struct {
	Port int

	listener net.Listener
	server   string

	mu   sync.Mutex
	cut  Cut
	away bool
	open map[net.Conn]bool
}

// A Cut is where a line is cut, once.
type Cut int

// Cuts at a commit.
const (
	Nowhere   Cut = iota
	Unsent        // the server never gets the word
	Unheard       // the server commits, and its answer is lost
	Unawaited     // the word is sent, and the line is gone at once
)

// commit is the word as a client sends it: a simple query.
var commit = []byte("Q\x00\x00\x00\x0bCOMMIT\x00")

// Proxy starts a proxy of a server.
func (s *Server) Proxy(tb testing.TB) *Proxy {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{Port: l.Addr().(*net.TCPAddr).Port, listener: l, server: fmt.Sprint("127.0.0.1:", s.Port), open: map[net.Conn]bool{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	tb.Cleanup(func() {
		_ = l.Close()
		p.Away(true)
	})
	return p
}

// At says where the next commit's line is cut.
func (p *Proxy) At(c Cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = c
}

// Done reports whether the cut was made.
func (p *Proxy) Done() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut == Nowhere
}

// Away cuts all lines and lets no new one through, or lets them again.
func (p *Proxy) Away(away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.away = away
	if away {
		for c := range p.open {
			_ = c.Close()
		}
	}
}

// enter notes a line; it is refused while the server is away.
func (p *Proxy) enter(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.open[c] = true
	}
	return !p.away
}

func (p *Proxy) leave(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
		delete(p.open, c)
	}
}

func (p *Proxy) serve(client net.Conn) {
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		_ = client.Close()
		return
	}
	defer p.leave(client, server)
	if !p.enter(client, server) {
		return
	}
	deaf := make(chan struct{}) // closed: answers are read and thrown away
	go func() {
		defer p.leave(client, server)
		buf := make([]byte, 64<<10)
		for {
			n, err := server.Read(buf)
			if err != nil {
				return
			}
			select {
			case <-deaf: // the server has answered the commit
				return
			default:
			}
			if _, err := client.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		switch p.take(buf[:n]) {
		case Unsent:
			return
		case Unheard:
			close(deaf)
		case Unawaited:
			_, _ = server.Write(buf[:n])
			return
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
	}
}

// take returns the cut that is due with these bytes.
func (p *Proxy) take(sent []byte) Cut {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !bytes.HasSuffix(sent, commit) {
		return Nowhere
	}
	c := p.cut
	p.cut = Nowhere
	return c
}
