package spec

import (
	"fmt"
	"time"

	"github.com/patchwave/patchwave/schema"
)

// planRules find what no schema can: how fields of a plan fit together. Each
// looks at the document as decoded, and passes over what has another type than
// it expects, since the schema has said so.
var planRules = []func(plan any) []schema.Violation{
	exactlyOneTarget,
	selectorSelects,
	expressionsComplete,
	imageReferences,
	containersOnce,
	wavesGrow,
	soaksCount,
	deadlineAfterReady,
	timing("/spec"),
	driftSchedule,
	suspendEnds,
}

// checkPlan adds to a document all that keeps it from being a plan.
func checkPlan(d *document) {
	strangers := notAPlan(d.value)
	if len(strangers) > 1 {
		d.key = Key{} // of something else
	}
	switch {
	case d.broken:
	case len(strangers) > 0:
		d.refuseAll(strangers[:1])
	default:
		d.check(wrongInPlan)
	}
}

func wrongInPlan(plan any) []schema.Violation {
	found := append(schema.Validate(plan), notSupported(plan, planLater)...)
	for _, rule := range planRules {
		found = append(found, rule(plan)...)
	}
	return found
}

// notAPlan speaks up for documents that are something else altogether, or of
// another version, whose other fields it would be no use to complain of.
func notAPlan(value any) (found []schema.Violation) {
	if kind, ok := schema.At(value, "/kind").(string); ok && kind != PlanKind {
		hint := "a folder of plans holds nothing else"
		if kind == "List" {
			hint = "write the items as documents of their own, with a line of --- between them"
		}
		found = append(found, wrong("/kind", "%q is not %s; %s", short(kind), PlanKind, hint))
	}
	if version, ok := schema.At(value, "/apiVersion").(string); ok && version != APIVersion {
		found = append(found, wrong("/apiVersion", "%q is not %s, the one version that is read", short(version), APIVersion))
	}
	return found
}

// wrong is a violation with the field named before the message.
func wrong(pointer, format string, args ...any) schema.Violation {
	return schema.Violation{Pointer: pointer, Message: fieldFirst(pointer, fmt.Sprintf(format, args...))}
}

func exactlyOneTarget(plan any) []schema.Violation {
	target, ok := schema.At(plan, "/spec/target").(map[string]any)
	if !ok {
		return nil
	}
	_, name := target["name"]
	_, selector := target["selector"]
	switch {
	case name && selector:
		return []schema.Violation{wrong("/spec/target", "has both name and selector; keep one of them")}
	case !name && !selector:
		return []schema.Violation{wrong("/spec/target", "has neither name nor selector; give one of them")}
	}
	return nil
}

func selectorSelects(plan any) []schema.Violation {
	const pointer = "/spec/target/selector"
	selector, ok := schema.At(plan, pointer).(map[string]any)
	if !ok {
		return nil
	}
	for key := range selector {
		if key != "matchLabels" && key != "matchExpressions" {
			return nil // the schema says so
		}
	}
	labels, _ := selector["matchLabels"].(map[string]any)
	expressions, _ := selector["matchExpressions"].([]any)
	if len(labels)+len(expressions) > 0 {
		return nil
	}
	return []schema.Violation{wrong(pointer, "is empty and would match everything; name a label")}
}

// expressionsComplete: In and NotIn need values, Exists and DoesNotExist take none.
func expressionsComplete(plan any) (found []schema.Violation) {
	each(plan, "/spec/target/selector/matchExpressions", func(pointer string, expression map[string]any) {
		values, _ := expression["values"].([]any)
		switch operator := expression["operator"]; {
		case (operator == "In" || operator == "NotIn") && len(values) == 0:
			found = append(found, wrong(pointer, "%s needs values to compare with", operator))
		case (operator == "Exists" || operator == "DoesNotExist") && len(values) > 0:
			found = append(found, wrong(schema.Join(pointer, "values"), "%s takes no values", operator))
		}
	})
	return found
}

func imageReferences(plan any) (found []schema.Violation) {
	each(plan, "/spec/images", func(pointer string, image map[string]any) {
		reference, ok := image["image"].(string)
		if !ok || reference == "" {
			return
		}
		if err := checkImage(reference); err != nil {
			found = append(found, wrong(schema.Join(pointer, "image"), "%v", err))
		}
	})
	return found
}

func containersOnce(plan any) []schema.Violation {
	return unique(plan, "/spec/images", "container")
}

// unique refuses values of a field that an earlier item of the list has.
func unique(document any, list, field string) (found []schema.Violation) {
	first := map[string]string{}
	each(document, list, func(pointer string, item map[string]any) {
		value, ok := item[field].(string)
		if !ok {
			return
		}
		if earlier, twice := first[value]; twice {
			found = append(found, wrong(schema.Join(pointer, field), "%q is taken already, by %s", short(value), schema.Field(earlier)))
			return
		}
		first[value] = pointer
	})
	return found
}

// wavesGrow compares numbers with numbers and percentages with percentages:
// how one stands to the other depends on how many pods there are.
func wavesGrow(plan any) (found []schema.Violation) {
	var most [2]Amount
	each(plan, "/spec/waves", func(pointer string, wave map[string]any) {
		amount, ok := amountOf(wave["pods"])
		if !ok {
			return
		}
		like := &most[0]
		if amount.percent {
			like = &most[1]
		}
		if amount.count < like.count {
			found = append(found, wrong(schema.Join(pointer, "pods"), "%s is less than %s in a wave before; waves count the pods of those before them", amount, like))
			return
		}
		*like = amount
	})
	return found
}

// soaksCount refuses durations longer than a time.Duration.
func soaksCount(plan any) (found []schema.Violation) {
	each(plan, "/spec/waves", func(pointer string, wave map[string]any) {
		found = append(found, countable(schema.Join(pointer, "soak"), wave["soak"])...)
	})
	return found
}

// deadlineAfterReady: a pod could never be available in time otherwise.
func deadlineAfterReady(plan any) []schema.Violation {
	ready, _ := schema.At(plan, "/spec/minReadySeconds").(int64)
	pointer, deadline := "/spec/progressDeadlineSeconds", int64(PlanSpec{}.ProgressDeadline()/time.Second)
	switch given := schema.At(plan, pointer).(type) {
	case int64:
		deadline = given
	case nil:
		pointer = "/spec/minReadySeconds"
	default:
		return nil
	}
	if ready < deadline || deadline < 1 {
		return nil
	}
	return []schema.Violation{wrong(pointer, "no pod can be ready for minReadySeconds (%d) before progressDeadlineSeconds (%d) has passed; the deadline must be the longer", ready, deadline)}
}
