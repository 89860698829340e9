// SPDX-License-Identifier: Apache-2.0

// Package pgtest runs a PostgreSQL server of its own for the tests of a package:
// in a temporary folder, on a free port of the loopback, as a user that is not
// root, with fsync on. It can be killed and started again, and ends with the
// test's process, also if that is killed.
package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/throng-dp/throng/dp/ramdisk"
)

// Password is what the server's one user has to show over TCP. Over the socket
// it is not asked for.
const Password = "correct-horse-7340033" //nolint:gosec // of a server that lives as long as a test

// User is the name of the server's one user, and Database of its database.
const (
	User     = "throng"
	Database = "postgres"
)

// A Server is a PostgreSQL server that belongs to this process.
type Server struct {
	Port int    // on 127.0.0.1, and the number of the socket
	Dir  string // of the socket

	bin  string
	data string
	who  *syscall.Credential // nil: this process's own user

	mu      sync.Mutex
	process *exec.Cmd
	exited  chan struct{}
}

var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Main runs the tests of a package and stops the server that they shared. For
// TestMain: os.Exit(pgtest.Main(m)).
func Main(m *testing.M) int {
	return ramdisk.Run(func() int {
		if dir, err := os.MkdirTemp("", "throng-pg-empty-"); err == nil {
			empty.dir = dir
			defer func() { _ = os.RemoveAll(dir) }()
		}
		code := m.Run()
		if shared.server != nil {
			shared.server.Remove()
		}
		return code
	})
}

// empty is where the folder of an empty server is kept, for all servers of a
// process to begin with; without Main it is not kept.
var empty struct {
	mu   sync.Mutex
	dir  string
	made bool
}

// Shared returns the one server of this process, started at the first call.
// Where PostgreSQL is not installed the test is skipped; in CI it fails.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	shared.once.Do(func() { shared.server, shared.err = start() })
	return ready(tb, shared.server, shared.err)
}

// Start returns a server of the test's own, which it may kill.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s, err := start()
	if s != nil {
		tb.Cleanup(s.Remove)
	}
	return ready(tb, s, err)
}

// errMissing says that there is no PostgreSQL to start.
var errMissing = errors.New("PostgreSQL's server is not installed: make postgres")

func ready(tb testing.TB, s *Server, err error) *Server {
	tb.Helper()
	switch {
	case errors.Is(err, errMissing) && os.Getenv("CI") == "":
		tb.Skip("NOT TESTED: ", err)
	case err != nil:
		tb.Fatal(err)
	}
	return s
}

// binaries finds the folder of initdb and postgres, the newest if there are
// several: Debian keeps them outside $PATH.
func binaries() (string, error) {
	if p, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(p), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errMissing
	}
	version := func(p string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(p))))
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

// unprivileged returns whose rights the server runs with: it refuses root's.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

func start() (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	who, err := unprivileged()
	if err != nil {
		return nil, err
	}
	// A socket's path is short, so the folder is not the test's own.
	dir, err := os.MkdirTemp("", "throng-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{Dir: dir, bin: bin, data: filepath.Join(dir, "data"), who: who}
	err = s.initialise()
	if err == nil {
		s.Port, err = freePort()
	}
	if err == nil {
		err = s.Restart()
	}
	if err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

// initialise makes the folder of an empty server, or copies the one that was
// made before.
func (s *Server) initialise() error {
	err := os.Chmod(s.Dir, 0o700)
	if s.who != nil {
		err = errors.Join(err, os.Chown(s.Dir, int(s.who.Uid), int(s.who.Gid)))
	}
	if err != nil || empty.dir == "" {
		return errors.Join(err, s.initdb())
	}
	empty.mu.Lock()
	defer empty.mu.Unlock()
	kept := filepath.Join(empty.dir, "data")
	if empty.made {
		return copied(kept, s.data)
	}
	if err := s.initdb(); err != nil {
		return err
	}
	empty.made = true
	return copied(s.data, kept)
}

// copied copies a folder with its owner and permissions.
func copied(from, to string) error {
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("cp: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) initdb() error {
	password := filepath.Join(s.Dir, "password")
	err := os.WriteFile(password, []byte(Password+"\n"), 0o600)
	if s.who != nil {
		err = errors.Join(err, os.Chown(password, int(s.who.Uid), int(s.who.Gid)))
	}
	if err != nil {
		return err
	}
	c := s.command("initdb", "--pgdata", s.data, "--username", User, "--pwfile", password, "--no-sync", "--data-checksums",
		"--auth-local=trust", "--auth-host=scram-sha-256", "--locale=C", "--encoding=UTF8")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.Dir
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	// SIGQUIT stops a server at once, with all its children.
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.who, Pdeathsig: syscall.SIGQUIT}
	return c
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// Restart starts the server, which must not run, and waits until it answers.
func (s *Server) Restart() error {
	var err error
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); {
		// After a kill, the server waits for its orphans to see it.
		if err = s.launch(); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	log, _ := s.Log()
	return fmt.Errorf("PostgreSQL does not start: %w\n%s", err, log[max(0, len(log)-2000):])
}

func (s *Server) launch() error {
	log, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	c := s.command("postgres", "-D", s.data, "-k", s.Dir, "-p", strconv.Itoa(s.Port), "-c", "listen_addresses=127.0.0.1",
		"-c", "max_connections=60", "-c", "shared_buffers=32MB", "-c", "restart_after_crash=off", "-c", "recovery_init_sync_method=syncfs",
		"-c", "log_line_prefix=%a ")
	c.Stdout, c.Stderr = log, log
	exited := make(chan struct{})
	started := make(chan error)
	go func() {
		// The signal at a parent's death is that of its thread.
		runtime.LockOSThread()
		err := c.Start()
		started <- err
		if err == nil {
			_ = c.Wait()
			close(exited)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.mu.Lock()
	s.process, s.exited = c, exited
	s.mu.Unlock()
	return s.answers(exited)
}

// answers waits for the server to take a connection.
func (s *Server) answers(exited <-chan struct{}) error {
	db, err := sql.Open("pgx", s.socketURL(nil))
	if err != nil {
		return err
	}
	defer db.Close()
	for range 600 {
		select {
		case <-exited:
			return errors.New("it ended at once")
		default:
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		err = db.PingContext(ctx)
		cancel()
		if err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// Kill ends the server as a crash does: no process of it finishes anything.
func (s *Server) Kill() { s.signal(syscall.SIGKILL) }

// Stop ends the server in good order.
func (s *Server) Stop() { s.signal(syscall.SIGINT) }

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	c, exited := s.process, s.exited
	s.mu.Unlock()
	if c == nil {
		return
	}
	_ = c.Process.Signal(sig)
	<-exited
}

// Log returns what the server wrote down; each line begins with the name of the
// program that it is about.
func (s *Server) Log() (string, error) {
	text, err := os.ReadFile(s.log())
	return string(text), err
}

func (s *Server) log() string { return filepath.Join(s.Dir, "log") }

// Remove stops the server and removes its folder.
func (s *Server) Remove() {
	s.signal(syscall.SIGQUIT)
	if err := os.RemoveAll(s.Dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
	}
}
