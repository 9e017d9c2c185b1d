"""Operators in the admin: who may make them, and what each may be given. Every change has its audit row."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Exists, ManyToManyField, OuterRef, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from access.accounts.forms import ReasonForm
from access.accounts.guard import second_factor_required
from access.accounts.second_factor import second_factor_reset
from access.accounts.sessions import sessions_end
from access.accounts.state import device_of
from access.models import ActorKind
from access.roles import DUTIES
from access.services import audit_record

WHO = (None, {"fields": ("username", "password")})
ABOUT = ("About", {"fields": ("first_name", "last_name", "email", "last_login", "date_joined")})
ROLES = ("Roles", {"fields": ("is_active", "is_staff", "groups", "second_factor")})
RIGHTS = {"is_active", "is_staff", "is_superuser", "groups", "user_permissions"}
"""Fields whose change ends a person's sessions."""
BEYOND = ("Beyond roles", {"fields": ("is_superuser", "user_permissions")})

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PeopleAdmin(BaseUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """A superuser may do everything. The role `admin` makes operators and gives them roles, and no more: it neither makes nor
    sees anybody who may do more than roles allow, for whose password it sets, it is."""

    trails_itself = True
    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "has_device", "last_login")
    readonly_fields = ("last_login", "date_joined", "second_factor")
    actions_detail = ("reset_second_factor", "sign_out")

    @display(description="second factor", boolean=True)
    def has_device(self, person: User) -> bool:
        return bool(person.has_device)  # type: ignore[attr-defined]  # of get_queryset

    @display(description="second factor")
    def second_factor(self, person: User) -> str:
        device = device_of(person)
        return f"since {device.created_at:%Y-%m-%d %H:%M} UTC" if device and device.created_at else "none"

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return super().get_fieldsets(request, obj)
        return (WHO, ABOUT, ROLES, BEYOND) if request.user.is_superuser else (WHO, ABOUT, ROLES)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        devices = TOTPDevice.objects.filter(user_id=OuterRef("pk"), confirmed=True)
        found: QuerySet[User] = super().get_queryset(request).annotate(has_device=Exists(devices))
        if request.user.is_superuser:
            return found
        other_groups = Group.objects.exclude(name__in=DUTIES)
        return found.filter(is_superuser=False, user_permissions=None).exclude(groups__in=other_groups)

    def formfield_for_manytomany(
        self, db_field: "ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelMultipleChoiceField[Any] | None":
        """A role gives roles, never another group that a superuser made."""
        if db_field.name == "groups" and not request.user.is_superuser:
            kwargs["queryset"] = Group.objects.filter(name__in=DUTIES)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        person = form.instance
        detail = {
            "changed": sorted(name for name in form.changed_data if "password" not in name),
            "roles": sorted(person.groups.values_list("name", flat=True)),
            "active": person.is_active,
            "superuser": person.is_superuser,
        }
        if change and set(form.changed_data) & RIGHTS:
            detail["sessionsEnded"] = sessions_end(person, keep=_own_session(request, person))
        _record(request, "operator_changed" if change else "operator_created", person.get_username(), detail)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        _record(request, "operator_deleted", obj.get_username())
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset:
            _record(request, "operator_deleted", person.get_username())
        super().delete_queryset(request, queryset)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        answer: HttpResponse = super().user_change_password(request, id, form_url)
        if request.method == "POST" and answer.status_code == 302:
            person = User.objects.get(pk=id)
            ended = sessions_end(person, keep=_own_session(request, person))
            _record(request, "operator_password_changed", person.get_username(), {"sessionsEnded": ended})
        return answer

    # Of one person

    @action(description="Reset second factor", url_path="reset-second-factor", permissions=["reset"])
    @second_factor_required
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a reason, take device and codes away."""
        person = self.get_object(request, object_id)
        if person is None:
            return redirect(reverse("admin:auth_user_changelist"))
        back, form = reverse("admin:auth_user_change", args=[person.pk]), ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            second_factor_reset(person, reason=form.cleaned_data["reason"], **_by(request))
            messages.success(request, f"{person} sets up a second factor at the next login")
            return redirect(back)
        context = {"title": "Reset second factor", "person": person, "form": form, "back": back}
        return TemplateResponse(request, "accounts/reset.html", {**self.admin_site.each_context(request), **context})

    def has_reset_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return request.user.has_perm("access.reset_second_factor")

    @action(description="Sign out everywhere", url_path="sign-out", permissions=["change"])
    def sign_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End all of a person's sessions, on a POST; a link leads to the person."""
        person = self.get_object(request, object_id)
        if person is None:
            return redirect(reverse("admin:auth_user_changelist"))
        if request.method != "POST":
            context = {"title": "Sign out everywhere", "person": person}
            return TemplateResponse(
                request, "accounts/sign_out.html", {**self.admin_site.each_context(request), **context}
            )
        ended = sessions_end(person, keep=_own_session(request, person))
        _record(request, "signed_out_everywhere", person.get_username(), {"sessionsEnded": ended})
        messages.success(request, f"{ended} session{'' if ended == 1 else 's'} of {person} ended")
        return redirect(reverse("admin:auth_user_change", args=[person.pk]))


@admin.register(Group)
class GroupsAdmin(BaseGroupAdmin, ModelAdmin):
    """The roles' groups are a table in the code: they are shown. Other groups are a superuser's."""

    trails_itself = True

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.name not in DUTIES)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.name not in DUTIES)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        names = sorted(form.instance.permissions.values_list("codename", flat=True))
        _record(request, "group_changed" if change else "group_created", form.instance.name, {"permissions": names})

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        _record(request, "group_deleted", obj.name)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        for group in queryset:
            _record(request, "group_deleted", group.name)
        super().delete_queryset(request, queryset)


def _own_session(request: HttpRequest, person: User) -> str | None:
    """Whoever changes himself stays where he is."""
    return request.session.session_key if person.pk == request.user.pk else None


def _by(request: HttpRequest) -> dict[str, str]:
    return {"actor_kind": ActorKind.OPERATOR, "actor_id": request.user.get_username()[:80]}


def _record(request: HttpRequest, action: str, target: str, detail: dict[str, Any] | None = None) -> None:
    """In the admin's own transaction, which does the change."""
    audit_record(action=action, target=target[:80], detail=detail or {}, **_by(request))
