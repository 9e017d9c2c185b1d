"""Operators in the admin: who may make them, and what each may be given. Every change has its audit row."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import ManyToManyField, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from access.models import ActorKind
from access.roles import DUTIES
from access.services import audit_record

WHO = (None, {"fields": ("username", "password")})
ABOUT = ("About", {"fields": ("first_name", "last_name", "email", "last_login", "date_joined")})
ROLES = ("Roles", {"fields": ("is_active", "is_staff", "groups")})
BEYOND = ("Beyond roles", {"fields": ("is_superuser", "user_permissions")})

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PeopleAdmin(BaseUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """A superuser may do everything. The role `admin` makes operators and gives them roles, and no more: it neither makes nor
    sees anybody who may do more than roles allow, for whose password it sets, it is."""

    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "last_login")
    readonly_fields = ("last_login", "date_joined")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return super().get_fieldsets(request, obj)
        return (WHO, ABOUT, ROLES, BEYOND) if request.user.is_superuser else (WHO, ABOUT, ROLES)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        found: QuerySet[User] = super().get_queryset(request)
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
            _record(request, "operator_password_changed", User.objects.get(pk=id).get_username())
        return answer


@admin.register(Group)
class GroupsAdmin(BaseGroupAdmin, ModelAdmin):
    """The roles' groups are a table in the code: they are shown. Other groups are a superuser's."""

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


def _record(request: HttpRequest, action: str, target: str, detail: dict[str, Any] | None = None) -> None:
    """In the admin's own transaction, which does the change."""
    actor = request.user.get_username()
    audit_record(
        action=action, actor_kind=ActorKind.OPERATOR, actor_id=actor[:80], target=target[:80], detail=detail or {}
    )
