package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

const retryNoticesAfter = 5 * time.Second

// notifier gives each notice to people, once: it prints a line and appends one to a file. A notice is forgotten only
// when its line is on disk, and not written where the file has its number already: a crash between the two neither
// loses nor repeats it. Whoever has it page someone gives the number along as idempotency key instead.
type notifier struct {
	store *store
	file  *os.File
	// size of the whole lines in the file.
	size int64
	// last number in the file.
	last uint64
	wake chan struct{}
}

func openNotifier(s *store, path string) (*notifier, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	n := &notifier{store: s, file: file, wake: make(chan struct{}, 1)}
	err = n.readLog()
	if err == nil {
		// A line that a crash cut short.
		err = file.Truncate(n.size)
	}
	if err == nil {
		err = s.given(n.last)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot continue %s: %w", path, err), file.Close())
	}
	return n, nil
}

func (n *notifier) close() error { return n.file.Close() }

func (n *notifier) readLog() error {
	lines := bufio.NewReader(n.file)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		n.size += int64(len(line))
		var logged notice
		if json.Unmarshal(line, &logged) == nil {
			n.last = max(n.last, logged.Number)
		}
	}
}

// changed says that there may be notices to give.
func (n *notifier) changed() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// run gives notices until the context ends, those that wait then included.
func (n *notifier) run(ctx context.Context) {
	for {
		err := n.giveAll()
		var again <-chan time.Time
		if err != nil {
			fmt.Fprintln(os.Stderr, "cannot give notice:", err)
			again = time.After(retryNoticesAfter)
		}
		select {
		case <-n.wake:
		case <-again:
		case <-ctx.Done():
			if err := n.giveAll(); err != nil {
				fmt.Fprintln(os.Stderr, "notices are left for the next start:", err)
			}
			return
		}
	}
}

func (n *notifier) giveAll() error {
	pending, err := n.store.notices()
	if err != nil || len(pending) == 0 {
		return err
	}
	for _, next := range pending {
		// Written before, but not yet forgotten.
		if next.Number <= n.last {
			continue
		}
		if err := n.give(next); err != nil {
			return err
		}
	}
	return n.store.given(n.last)
}

func (n *notifier) give(next notice) error {
	line, err := json.Marshal(next)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	_, err = n.file.Write(line)
	if err == nil {
		err = n.file.Sync()
	}
	if err != nil {
		return errors.Join(err, n.file.Truncate(n.size))
	}
	n.size += int64(len(line))
	n.last = next.Number
	// Quoted: what an alert says may hold line breaks and a terminal's escapes.
	fmt.Printf("%-8s  %s  %q  %q\n", next.Change, next.Fingerprint, next.Labels["alertname"], next.Annotations["summary"])
	return nil
}
