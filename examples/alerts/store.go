package main

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// keptFor is how long ids and resolved alerts are known: as long as Posthorn can send a message again.
const keptFor = 90 * 24 * time.Hour

var (
	// alerts by fingerprint.
	alertsBucket = []byte("alerts")
	// When each webhook-id was received.
	receivedBucket = []byte("received")
	// Notices that nobody was given yet, by number.
	noticesBucket = []byte("notices")
)

// notice is one thing to tell people: an alert was raised, or resolved.
type notice struct {
	// Number counts notices, without gaps, from 1.
	Number      uint64            `json:"number"`
	Change      change            `json:"change"`
	At          time.Time         `json:"at"`
	Fingerprint string            `json:"fingerprint"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

// store keeps alerts in a file. What its methods changed is on disk when they return.
type store struct{ db *bbolt.DB }

func openStore(path string) (*store, error) {
	// The file is locked: a second process would wait for ever.
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if err != nil {
		return nil, fmt.Errorf("cannot open %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{alertsBucket, receivedBucket, noticesBucket} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot prepare %s: %w", path, err)
	}
	return &store{db}, nil
}

func (s *store) close() error { return s.db.Close() }

// receive records a notification with all that follows from it, or nothing at all. It says what that was.
func (s *store) receive(id string, told []alert, now time.Time) (outcome string, err error) {
	err = s.db.Update(func(tx *bbolt.Tx) error {
		received := tx.Bucket(receivedBucket)
		if received.Get([]byte(id)) != nil {
			outcome = "duplicate"
			return nil
		}
		count := map[change]int{}
		for _, alert := range told {
			change, err := receiveAlert(tx, alert, now)
			if err != nil {
				return err
			}
			count[change]++
		}
		outcome = fmt.Sprintf("%d raised, %d resolved, %d unchanged", count[raised], count[resolved], count[unchanged])
		return put(received, []byte(id), now)
	})
	return outcome, err
}

func receiveAlert(tx *bbolt.Tx, told alert, now time.Time) (change, error) {
	alerts, notices := tx.Bucket(alertsBucket), tx.Bucket(noticesBucket)
	key := []byte(told.Fingerprint)
	var known alert
	if value := alerts.Get(key); value != nil {
		if err := json.Unmarshal(value, &known); err != nil {
			return unchanged, err
		}
	}
	state, change := known.after(told)
	if err := put(alerts, key, state); err != nil || change == unchanged {
		return change, err
	}
	number, err := notices.NextSequence()
	if err != nil {
		return unchanged, err
	}
	return change, put(notices, keyOf(number), notice{
		Number:      number,
		Change:      change,
		At:          now,
		Fingerprint: state.Fingerprint,
		Labels:      state.Labels,
		Annotations: state.Annotations,
	})
}

// list gives the open alerts, and those that ended since, each with the newest first.
func (s *store) list(since time.Time) (open, ended []alert, err error) {
	open, ended = []alert{}, []alert{}
	err = s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(alertsBucket).ForEach(func(_, value []byte) error {
			var a alert
			if err := json.Unmarshal(value, &a); err != nil {
				return err
			}
			if a.IsOpen() {
				open = append(open, a)
			} else if a.EndsAt.After(since) {
				ended = append(ended, a)
			}
			return nil
		})
	})
	newestFirst := func(at func(alert) time.Time) func(a, b alert) int {
		return func(a, b alert) int {
			return cmp.Or(at(b).Compare(at(a)), cmp.Compare(a.Fingerprint, b.Fingerprint))
		}
	}
	slices.SortFunc(open, newestFirst(func(a alert) time.Time { return a.StartsAt }))
	slices.SortFunc(ended, newestFirst(func(a alert) time.Time { return a.EndsAt }))
	return open, ended, err
}

// notices gives those that nobody was given yet, in the order of their numbers.
func (s *store) notices() (pending []notice, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(noticesBucket).ForEach(func(_, value []byte) error {
			var n notice
			if err := json.Unmarshal(value, &n); err != nil {
				return err
			}
			pending = append(pending, n)
			return nil
		})
	})
	return pending, err
}

// given forgets the notices up to a number, and has the next one continue behind it.
func (s *store) given(upTo uint64) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		notices := tx.Bucket(noticesBucket)
		// A log of notices may be older than this file.
		if notices.Sequence() < upTo {
			if err := notices.SetSequence(upTo); err != nil {
				return err
			}
		}
		return deleteWhere(notices, func(key, _ []byte) (bool, error) {
			return binary.BigEndian.Uint64(key) <= upTo, nil
		})
	})
}

// prune forgets what no message that Posthorn still has can be about.
func (s *store) prune(now time.Time) error {
	isOld := func(at time.Time) bool { return at.Before(now.Add(-keptFor)) }
	return s.db.Update(func(tx *bbolt.Tx) error {
		err := deleteWhere(tx.Bucket(receivedBucket), func(_, value []byte) (bool, error) {
			var at time.Time
			err := json.Unmarshal(value, &at)
			return isOld(at), err
		})
		if err != nil {
			return err
		}
		return deleteWhere(tx.Bucket(alertsBucket), func(_, value []byte) (bool, error) {
			var a alert
			err := json.Unmarshal(value, &a)
			return !a.IsOpen() && isOld(a.ToldAt), err
		})
	})
}

func deleteWhere(bucket *bbolt.Bucket, matches func(key, value []byte) (bool, error)) error {
	var keys [][]byte
	// A bucket must not change while it is read.
	err := bucket.ForEach(func(key, value []byte) error {
		isMatch, err := matches(key, value)
		if isMatch {
			keys = append(keys, slices.Clone(key))
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := bucket.Delete(key); err != nil {
			return err
		}
	}
	return nil
}

func put(bucket *bbolt.Bucket, key []byte, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return bucket.Put(key, text)
}

// keyOf sorts as its number does.
func keyOf(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }
