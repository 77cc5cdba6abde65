package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func openStoreOfTest(t *testing.T) *store {
	t.Helper()
	s, err := openStore(filepath.Join(t.TempDir(), "alerts.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s
}

func receive(t *testing.T, s *store, id string, told ...alert) string {
	t.Helper()
	outcome, err := s.receive(id, told, at(0))
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

// give gives what waits, as a process does that is stopped then.
func give(t *testing.T, s *store, path string) {
	t.Helper()
	n, err := openNotifier(s, path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n.run(ctx)
	if err := n.close(); err != nil {
		t.Fatal(err)
	}
}

func linesOf(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func TestANotificationCountsOnce(t *testing.T) {
	s := openStoreOfTest(t)
	for _, want := range []string{"1 raised, 0 resolved, 0 unchanged", "duplicate"} {
		if outcome := receive(t, s, "1", firing("1", 0)); outcome != want {
			t.Errorf("got %q, want %q", outcome, want)
		}
	}
}

func TestANoticeIsGivenOnceAcrossCrashes(t *testing.T) {
	s, path := openStoreOfTest(t), filepath.Join(t.TempDir(), "notifications.log")
	receive(t, s, "1", firing("1", 0))
	receive(t, s, "2", ended("2", 0, 5))
	// One was written and not forgotten, the next one was cut short.
	if err := os.WriteFile(path, []byte("{\"number\":1}\n{\"number\":2,\"ch"), 0o600); err != nil {
		t.Fatal(err)
	}
	give(t, s, path)
	give(t, s, path)
	lines := linesOf(t, path)
	if len(lines) != 2 || lines[0] != `{"number":1}` || !strings.HasPrefix(lines[1], `{"number":2,"change":"resolved"`) {
		t.Errorf("the log is %q", lines)
	}
}

func TestANewDataFileContinuesTheNumbersOfItsLog(t *testing.T) {
	s, path := openStoreOfTest(t), filepath.Join(t.TempDir(), "notifications.log")
	if err := os.WriteFile(path, []byte("{\"number\":7}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	give(t, s, path)
	receive(t, s, "1", firing("1", 0))
	give(t, s, path)
	if lines := linesOf(t, path); len(lines) != 2 || !strings.HasPrefix(lines[1], `{"number":8,`) {
		t.Errorf("the log is %q", lines)
	}
}

func TestWhatIsOldIsForgottenAndAnOpenAlertNever(t *testing.T) {
	s := openStoreOfTest(t)
	open := firing("1", 0)
	open.ToldAt = at(0)
	over := ended("2", 0, 5)
	over.Fingerprint, over.ToldAt = "0000000000000000", at(0)
	receive(t, s, "1", open)
	receive(t, s, "2", over)
	for _, c := range []struct {
		now       time.Time
		wantEnded int
		want      string
	}{
		{at(0).Add(keptFor), 1, "duplicate"},
		{at(0).Add(keptFor + time.Second), 0, "0 raised, 0 resolved, 1 unchanged"},
	} {
		if err := s.prune(c.now); err != nil {
			t.Fatal(err)
		}
		open, ended, err := s.list(time.Time{})
		if err != nil || len(open) != 1 || len(ended) != c.wantEnded {
			t.Errorf("open %v, ended %v, %v", open, ended, err)
		}
		if outcome := receive(t, s, "1", firing("1", 0)); outcome != c.want {
			t.Errorf("got %q, want %q", outcome, c.want)
		}
	}
}
